import type { JobInfo } from '../../../client/index.ts';
import { engineWait } from '../../../text/jobs.ts';
import { rateText } from '../../../text/rate.ts';
import { mayDo } from '../../allowed.ts';
import { href } from '../../location.ts';
import { Bar } from '../../parts/Bar.tsx';
import { JobActions } from '../../parts/JobActions.tsx';
import { JobLink } from '../../parts/JobLink.tsx';
import { Status } from '../../parts/Status.tsx';
import { Ago, Elapsed } from '../../parts/Time.tsx';
import { useLive } from '../../state/live.ts';
import { count } from '../../text.ts';

/** A run: how far it is, when it may end, where it is; of one that its engine lets wait, that. */
export function RunningJob({ job }: { job: JobInfo }) {
  const { caller } = useLive();
  const { progress, backend, started_at: started, expected_end_at: end } = job;
  const waits = engineWait(job);
  return (
    <article class="panel run">
      <div class="run-head">
        <JobLink job={job} />
        <Status {...job} />
        <div class="run-actions">
          <a class="button quiet" href={href(['jobs', job.job_id, 'log'], { follow: 1 })}>
            Log
          </a>
          {mayDo('stop', caller, job) && <JobActions job={job} actions={['stop']} />}
        </div>
      </div>
      {waits === null && <Bar percent={progress?.percent ?? null} label={`Progress of ${job.request.model}`} />}
      <p class="run-facts">
        <span>{waits ?? (progress === null ? 'starting' : `${Math.round(progress.percent)} % ${progress.phase}`)}</span>
        {progress !== null && (
          <span class="number">
            {count(progress.done)} of {count(progress.total)}
          </span>
        )}
        {progress?.rate != null && <span class="number">{rateText(progress.rate)} a second</span>}
        {started !== null && waits === null && (
          <span>
            for <Elapsed from={started} seconds={null} />
          </span>
        )}
        {end !== null && (
          <span>
            ends <Ago time={end} />
          </span>
        )}
        {backend?.node != null && <span>on {backend.node}</span>}
      </p>
    </article>
  );
}
