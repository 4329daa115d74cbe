import type { JobInfo } from '../../../../client/index.ts';
import { engineWait } from '../../../../text/jobs.ts';
import { rateText } from '../../../../text/rate.ts';
import { href } from '../../../location.ts';
import { Bar } from '../../../parts/Bar.tsx';
import { Ago } from '../../../parts/Time.tsx';
import { count } from '../../../text.ts';
import { LastLines } from './LastLines.tsx';

/** How far a run is, when it may end, and what it wrote last. */
export function Running({ job }: { job: JobInfo }) {
  const { progress, stop_requested: stop, expected_end_at: end } = job;
  const waits = engineWait(job);
  return (
    <>
      <section class="panel run" aria-label="Progress">
        <div class="run-percent">
          <b class="number">{waits ?? (progress === null ? 'starting' : `${Math.round(progress.percent)} %`)}</b>
          {progress !== null && <span class="quiet-text">{progress.phase}</span>}
        </div>
        {waits === null && <Bar percent={progress?.percent ?? null} label={`Progress of ${job.request.model}`} />}
        <p class="run-facts">
          {progress !== null && (
            <span class="number">
              {count(progress.done)} of {count(progress.total)}
            </span>
          )}
          {progress?.rate != null && <span class="number">{rateText(progress.rate)} a second</span>}
          {end === null ? (
            <span>its end is not known yet</span>
          ) : (
            <span>
              ends <Ago time={end} />
            </span>
          )}
          {stop !== null && (
            <span>
              asked to end <Ago time={stop.at} />
              {stop.by !== null && ` by ${stop.by}`}
            </span>
          )}
        </p>
      </section>
      <section aria-labelledby="last-lines">
        <div class="section-head">
          <h2 id="last-lines">Last lines of the log</h2>
          <a href={href(['jobs', job.job_id, 'log'], { follow: 1 })}>Follow the log</a>
        </div>
        {job.log === null ? <p class="quiet-text">It has not been launched yet.</p> : <LastLines job={job} />}
      </section>
    </>
  );
}
