import type { JobInfo } from '../../../../client/index.ts';
import { tookText } from '../../../../text/parts.ts';
import { href } from '../../../location.ts';
import { Status } from '../../../parts/Status.tsx';

/** The tasks of a split job: how the run of each is or was, and its log. */
export function Parts({ job: { job_id: id, parts } }: { job: JobInfo }) {
  if (parts === null) return null;
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">Tasks, one run each</h2>
      <div class="wide">
        <table class="compact">
          <thead>
            <tr>
              <th scope="col" class="number">
                Part
              </th>
              <th scope="col">Task</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">Log</th>
              <th scope="col">Why it failed</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.number}>
                <td class="number">{part.number}</td>
                <td>{part.task}</td>
                <td>
                  <Status status={part.status} />
                </td>
                <td class="number">{tookText(part)}</td>
                <td>
                  {part.log !== null && (
                    <a href={href(['jobs', id, 'log'], { task: part.task })} aria-label={`Log of ${part.task}`}>
                      Log
                    </a>
                  )}
                </td>
                <td>{part.error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
