import type { ComponentChildren } from 'preact';

type Option<Value> = { value: Value; label: ComponentChildren; isOff?: boolean };

/** One of a few, as buttons side by side. @param label what is chosen, for readers of screens. */
export function Segments<Value extends string>({
  label,
  options,
  value,
  onChoose,
}: {
  label: string;
  options: readonly Option<Value>[];
  value: Value;
  onChoose(value: Value): void;
}) {
  return (
    <fieldset class="segments">
      <legend class="hidden">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          disabled={option.isOff === true && option.value !== value}
          onClick={() => onChoose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
