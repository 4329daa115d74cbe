import type { JobInfo } from '../../../client/index.ts';
import { causeOf } from '../../../text/jobs.ts';
import { firstScore, scoreText } from '../../../text/scores.ts';
import { JobLink } from '../../parts/JobLink.tsx';
import { Status } from '../../parts/Status.tsx';
import { Ago } from '../../parts/Time.tsx';

/** Jobs that have ended: their first score, or why there is none. */
export function EndedList({ jobs }: { jobs: readonly JobInfo[] }) {
  if (jobs.length === 0) return <p class="quiet-text">No evaluation has ended yet.</p>;
  return (
    <ul class="list">
      {jobs.map((job) => {
        const headline = job.status === 'completed' ? firstScore(job) : null;
        return (
          <li key={job.job_id} class="list-row">
            <Status {...job} />
            <JobLink job={job} />
            <span class="grow">
              {headline === null ? (
                <span class="quiet-text two-lines">{causeOf(job)}</span>
              ) : (
                <>
                  <b class="number">{scoreText(headline.score)}</b>{' '}
                  <span class="quiet-text">
                    {headline.score.task} {headline.score.metric}
                    {headline.more > 0 && `, ${headline.more} more`}
                  </span>
                </>
              )}
            </span>
            <span class="quiet-text ago">
              <Ago time={job.completed_at} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
