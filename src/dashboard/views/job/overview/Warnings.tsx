import { Icon } from '../../../parts/Icon.tsx';

/** What was ignored or could not be decided. */
export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <section aria-labelledby="warnings">
      <h2 id="warnings">Warnings</h2>
      <ul class="warnings">
        {warnings.map((warning) => (
          <li key={warning} class="note note-warning">
            <Icon name="warning" />
            <p>{warning}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
