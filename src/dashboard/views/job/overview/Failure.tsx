import type { JobInfo } from '../../../../client/index.ts';
import { hasRole } from '../../../allowed.ts';
import { href } from '../../../location.ts';
import { Icon } from '../../../parts/Icon.tsx';
import { ScrollBox } from '../../../parts/ScrollBox.tsx';
import { useLive } from '../../../state/live.ts';
import { causeOfFailure, partsOf } from './causes.ts';
import { LastLines } from './LastLines.tsx';
import { ScoreTable } from './ScoreTable.tsx';

/** Why a job failed: in plain terms, in its own text, and by the last lines of its log; what to do; and what it had measured. */
export function Failure({ job }: { job: JobInfo }) {
  const { caller } = useLive();
  const cause = causeOfFailure(job);
  const { text, tail } = partsOf(job.error ?? '');
  const id = job.job_id;
  // Of a split job the log of the first task that failed: the others have no error.
  const task = job.parts?.find(({ status, log }) => status === 'failed' && log !== null)?.task;
  return (
    <>
      <section class="cause" aria-labelledby="cause">
        <h2 id="cause">
          <Icon name="failed" />
          <span class="grow">{cause?.title ?? 'It failed'}</span>
          {job.failure_kind !== null && <code class="quiet-text">{job.failure_kind}</code>}
        </h2>
        {text !== '' && (
          <ScrollBox class="cause-text" label="The error">
            {text}
          </ScrollBox>
        )}
        {cause && (
          <p>
            {cause.advice}
            {cause.field !== null && hasRole(caller, 'submit') && (
              <>
                {' '}
                <a href={href(['new'], { from: id, field: cause.field })}>
                  Change <code>{cause.field}</code>
                </a>
              </>
            )}
          </p>
        )}
      </section>
      {job.log !== null && (
        <section aria-labelledby="last-lines">
          <div class="section-head">
            <h2 id="last-lines">Last lines of the log</h2>
            <a href={href(['jobs', id, 'log'], { task, error: 1 })}>First error in the log</a>
            <a href={href(['jobs', id, 'log'], { task, follow: 1 })}>End of the log</a>
          </div>
          <LastLines job={job} task={task} known={tail} />
        </section>
      )}
      {job.partial_metrics !== null && (
        <section aria-labelledby="partial">
          <h2 id="partial">What it had measured before it failed</h2>
          <p class="quiet-text">Not the whole of what was asked: no result of this job.</p>
          <ScoreTable id={id} metrics={job.partial_metrics} />
        </section>
      )}
    </>
  );
}
