import type { ClientError } from '../../../client/index.ts';
import { Icon } from '../../parts/Icon.tsx';
import { ErrorNote } from '../../parts/Notes.tsx';
import { type FieldName, labels } from '../../submission/fields.ts';
import type { Faults } from './Field.tsx';

/** Why it was not taken: what is about fields stands at them, and is named here. */
export function Refusal({ error, isDry, form }: { error: ClientError; isDry: boolean; form: HTMLFormElement | null }) {
  const names = Object.keys(faultsOf(error)).filter((name) => Object.hasOwn(labels, name)) as FieldName[];
  const isAboutFields = error.fault.code === 'refused' && error.fault.fields.every(({ loc }) => isNamed(names, loc[1]));
  if (!isAboutFields || names.length === 0) return <ErrorNote error={error} />;
  return (
    <div class="note note-error" role="alert">
      <Icon name="warning" />
      <div>
        <p>{isDry ? 'It would not be taken' : 'It was not submitted'}. To be changed:</p>
        {names.map((name) => (
          <button key={name} type="button" class="quiet to-field" onClick={() => focusField(form, name)}>
            {labels[name]}
          </button>
        ))}
      </div>
    </div>
  );
}

const isNamed = (names: readonly string[], part: string | number | undefined): boolean => names.includes(String(part));

/** What is wrong with which field: `["body", "model_args", "x"]` is about `model_args`. */
export function faultsOf({ fault }: ClientError): Faults {
  const all: { [name: string]: string[] } = {};
  for (const { loc, msg } of fault.code === 'refused' ? fault.fields : []) {
    const [part, name, ...inside] = loc.map(String);
    if (part !== 'body' || name === undefined) continue;
    const [first] = inside;
    // A field of several types says of each why it is none: the last of them is the widest.
    if (first !== undefined && types.has(first)) all[name] = [];
    const texts = all[name] ?? [];
    all[name] = texts;
    const isPlain = first === undefined || types.has(first) || msg.includes(first);
    const text = (isPlain ? msg : `${inside.join('.')}: ${msg}`).replaceAll('`', '');
    if (!texts.includes(text)) texts.push(text);
  }
  return all;
}

const types: ReadonlySet<string> = new Set(['int', 'float', 'str']);

/** Leads to a field, once it is drawn as wrong. */
export function focusField(form: HTMLFormElement | null, name: string): void {
  const field = form?.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  field?.closest('details')?.setAttribute('open', '');
  field?.querySelector<HTMLElement>('input:not([readonly])')?.focus();
}
