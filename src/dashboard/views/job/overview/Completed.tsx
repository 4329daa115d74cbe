import type { JobInfo } from '../../../../client/index.ts';
import { Empty } from '../../../parts/Notes.tsx';
import { count } from '../../../text.ts';
import { ScoreTable } from './ScoreTable.tsx';

/** What a job has found, and what became of the answers. */
export function Completed({ job }: { job: JobInfo }) {
  const { metrics, answers, job_id: id } = job;
  const hasScores = metrics !== null && Object.values(metrics).some((row) => Object.keys(row).length > 0);
  return (
    <>
      <section aria-labelledby="scores">
        <h2 id="scores">Scores</h2>
        {hasScores ? (
          <ScoreTable id={id} metrics={metrics} />
        ) : (
          <Empty title="There are no scores">
            {job.request.predict_only ? 'It only generated answers (predict_only).' : 'The harness computed none.'}
          </Empty>
        )}
      </section>
      {answers !== null && Object.keys(answers).length > 0 && (
        <section aria-labelledby="answers">
          <h2 id="answers">Answers</h2>
          <div class="wide">
            <table class="compact">
              <thead>
                <tr>
                  <th scope="col">Task</th>
                  <th scope="col" class="number">
                    Answered
                  </th>
                  <th scope="col" class="number">
                    Empty
                  </th>
                  <th scope="col" class="number">
                    Failed
                  </th>
                  <th scope="col" class="number">
                    From a cache
                  </th>
                </tr>
              </thead>
              <tbody>
                {Object.entries(answers).map(([task, { answered, empty, failed, cached }]) => (
                  <tr key={task}>
                    <td>{task}</td>
                    {Object.entries({ answered, empty, failed, cached }).map(([what, value]) => (
                      <td key={what} class="number">
                        {value === null ? 'not known' : count(value)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </>
  );
}
