import { Icon } from '../../parts/Icon.tsx';
import type { Pair } from '../../submission/draft.ts';
import { examples, type FlagName, labels, type TextName } from '../../submission/fields.ts';
import { type Faults, Field } from './Field.tsx';

/** Never below 0: a keyboard of a phone for numbers may have no minus. */
const NUMERIC: ReadonlySet<TextName> = new Set<TextName>([
  'num_gpus',
  'num_fewshot',
  'timeout',
  'stall_timeout',
  'ready_timeout',
]);

/** A field that is one text. */
export function TextField({
  name,
  value,
  faults,
  onChange,
}: {
  name: TextName;
  value: string;
  faults: Faults;
  onChange(value: string): void;
}) {
  return (
    <Field name={name} faults={faults}>
      {({ id, describedBy, isInvalid }) => (
        <input
          id={id}
          type="text"
          inputMode={NUMERIC.has(name) ? 'decimal' : undefined}
          autoComplete="off"
          spellcheck={false}
          placeholder={examples[name]}
          value={value}
          aria-describedby={describedBy}
          aria-invalid={isInvalid ? true : undefined}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A field that is yes or no. */
export function FlagField({
  name,
  value,
  faults,
  onChange,
}: {
  name: FlagName;
  value: boolean;
  faults: Faults;
  onChange(value: boolean): void;
}) {
  return (
    <Field name={name} faults={faults}>
      {({ id, describedBy }) => (
        <input
          id={id}
          type="checkbox"
          checked={value}
          aria-describedby={describedBy}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      )}
    </Field>
  );
}

/** Names with values, a row each. */
export function PairsField({
  name,
  pairs,
  faults,
  onChange,
  kept = 0,
}: {
  name: 'model_args' | 'labels';
  pairs: readonly Pair[];
  faults: Faults;
  onChange(pairs: readonly Pair[]): void;
  /** So many rows at the start have a name that stays. */
  kept?: number;
}) {
  const what = name === 'labels' ? 'label' : 'argument';
  const set = (at: number, change: Partial<Pair>) =>
    onChange(pairs.map((pair, each) => (each === at ? { ...pair, ...change } : pair)));
  return (
    <Field name={name} faults={faults} isGroup note={name === 'model_args' ? ARGS_NOTE : undefined}>
      {({ isInvalid }) => (
        <>
          {pairs.map((pair, at) => (
            <div class="pair" key={at}>
              <input
                type="text"
                aria-label={`Name of ${what} ${at + 1}`}
                placeholder="name"
                spellcheck={false}
                autoComplete="off"
                readOnly={at < kept}
                value={pair.name}
                onInput={({ currentTarget }) => set(at, { name: currentTarget.value })}
              />
              <span aria-hidden="true">=</span>
              <input
                type="text"
                aria-label={`Value of ${pair.name || `${what} ${at + 1}`}`}
                placeholder={at < kept ? 'the checkpoint: a path on the server, or org/name' : 'value'}
                spellcheck={false}
                autoComplete="off"
                aria-invalid={isInvalid ? true : undefined}
                value={pair.value}
                onInput={({ currentTarget }) => set(at, { value: currentTarget.value })}
              />
              {at >= kept && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Remove ${pair.name || `${what} ${at + 1}`}`}
                  onClick={() => onChange(pairs.filter((_, each) => each !== at))}
                >
                  <Icon name="close" />
                </button>
              )}
            </div>
          ))}
          <button type="button" class="quiet" onClick={() => onChange([...pairs, { name: '', value: '' }])}>
            + Add {what === 'label' ? 'a label' : 'an argument'}
            <span class="hidden"> to {labels[name]}</span>
          </button>
        </>
      )}
    </Field>
  );
}

const ARGS_NOTE =
  'Numbers, true, false, lists and objects are read as JSON; "8" in quotes is a text. A row without a value is left out.';
