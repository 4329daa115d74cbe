import { Swatch } from './Swatch.tsx';

type Props = { names: readonly string[]; hidden: ReadonlySet<string>; onToggle(name: string): void };

/** The lines, of which each can be left out. */
export function Legend({ names, hidden, onToggle }: Props) {
  return (
    <ul class="legend" aria-label="Lines">
      {names.map((name, index) => (
        <li key={name}>
          <button type="button" class="quiet" aria-pressed={!hidden.has(name)} onClick={() => onToggle(name)}>
            <Swatch index={index} />
            <bdi class="cut" title={name}>
              {name}
            </bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}
