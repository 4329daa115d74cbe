import type { Location } from '../../location.ts';
import { change, labelOf, type ScoreFilter } from './address.ts';

/** Fields for the model, a label and the first day. */
export function FilterFields({ location, filter }: { location: Location; filter: ScoreFilter }) {
  const set = (name: string) => (event: Event) => {
    const { currentTarget: input } = event;
    if (!(input instanceof HTMLInputElement)) return;
    const text = input.value.trim();
    if (name === 'label' && text !== '' && labelOf(text) === undefined) {
      input.setCustomValidity('A name and a value: run:r7');
      input.reportValidity();
      return;
    }
    input.setCustomValidity('');
    change(location, { [name]: (name === 'label' ? labelOf(text) : text) || undefined });
  };
  return (
    <>
      <label class="field-small">
        Model
        <input type="search" spellcheck={false} maxLength={200} value={filter.model ?? ''} onChange={set('model')} />
      </label>
      <label class="field-small">
        Label
        <input
          type="search"
          spellcheck={false}
          maxLength={300}
          placeholder="run:r7"
          value={filter.label ?? ''}
          onInput={({ currentTarget }) => currentTarget.setCustomValidity('')}
          onChange={set('label')}
        />
      </label>
      <label class="field-small">
        Since
        <input type="date" value={(filter.since ?? '').slice(0, 10)} onChange={set('since')} />
      </label>
    </>
  );
}
