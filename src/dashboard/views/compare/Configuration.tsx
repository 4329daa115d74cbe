import type { Comparison } from '../../../client/index.ts';
import { ScrollBox } from '../../parts/ScrollBox.tsx';

/** What differs in how the two were made. */
export function Configuration({ configuration }: Pick<Comparison, 'configuration'>) {
  if (configuration.length === 0) {
    return (
      <p class="quiet-text">Both were made in the same way: harness, arguments, seeds, GPUs and limits are equal.</p>
    );
  }
  return (
    <section aria-labelledby="compare-configuration" class="compare-part">
      <h2 id="compare-configuration">What differs in how they were made</h2>
      <div class="panel table-panel">
        <ScrollBox class="wide-table" label="Table of what differs">
          <table>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Baseline</th>
                <th scope="col">Candidate</th>
              </tr>
            </thead>
            <tbody>
              {configuration.map(({ task, field, a, b }) => (
                <tr key={`${task} ${field}`}>
                  <th scope="row">
                    <bdi>{field}</bdi>
                    {task !== null && (
                      <span class="quiet-text">
                        {' '}
                        of <bdi>{task}</bdi>
                      </span>
                    )}
                  </th>
                  <Value text={a} />
                  <Value text={b} />
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      </div>
    </section>
  );
}

const Value = ({ text }: { text: string | null }) => (
  <td>{text === null ? <span class="quiet-text">none</span> : <code dir="auto">{text}</code>}</td>
);
