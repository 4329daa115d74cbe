import type { JobAttempt, JobInfo } from '../../../../client/index.ts';
import { tookText } from '../../../../text/parts.ts';
import { Download } from '../../../parts/Download.tsx';
import { Ago } from '../../../parts/Time.tsx';
import { useLive } from '../../../state/live.ts';

/** The attempts that failed for the engine or its machine, and were followed by another one. */
export function Attempts({ job: { job_id: id, attempts, parts } }: { job: JobInfo }) {
  if (attempts.length === 0) return null;
  const taskOf = (part: number | null) => (part === null ? undefined : parts?.[part - 1]?.task);
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">Attempts that failed</h2>
      <div class="wide">
        <table class="compact">
          <thead>
            <tr>
              <th scope="col" class="number">
                Attempt
              </th>
              {parts !== null && <th scope="col">Task</th>}
              <th scope="col">Failure</th>
              <th scope="col">Node</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">Next one</th>
              <th scope="col">Log</th>
              <th scope="col">Why it failed</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={`${attempt.part} ${attempt.number}`}>
                <td class="number">{attempt.number}</td>
                {parts !== null && <td>{taskOf(attempt.part)}</td>}
                <td>{attempt.failure_kind}</td>
                <td>{attempt.node}</td>
                <td class="number">{tookText(attempt)}</td>
                <td>
                  <Ago time={attempt.next_at} />
                </td>
                <td>{attempt.log !== null && <AttemptLog id={id} attempt={attempt} task={taskOf(attempt.part)} />}</td>
                <td>{attempt.error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function AttemptLog({ id, attempt: { number }, task }: { id: string; attempt: JobAttempt; task: string | undefined }) {
  const { client } = useLive();
  const query = new URLSearchParams({ raw: '1', attempt: String(number), ...(task !== undefined && { task }) });
  return (
    <Download
      path={`jobs/${encodeURIComponent(id)}/log?${query}`}
      name={`${id}-attempt-${number}.log`}
      size={null}
      load={() => client.logResponse(id, { attempt: number, task })}
      label="Log"
    />
  );
}
