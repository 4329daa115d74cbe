import type { JobInfo } from '../../../client/index.ts';
import { waitText } from '../../../text/jobs.ts';
import { JobActions } from '../../parts/JobActions.tsx';
import { JobLink } from '../../parts/JobLink.tsx';
import { Ago } from '../../parts/Time.tsx';

/** Jobs that wait, the next one first: what for, and when they may start. */
export function QueueList({ jobs }: { jobs: readonly JobInfo[] }) {
  return (
    <ol class="list">
      {jobs.map((job) => (
        <li key={job.job_id} class="list-row">
          <span class="position number">{(job.position_in_queue ?? 0) + 1}</span>
          <JobLink job={job} />
          <div class="quiet-text grow">
            <p>{waitText(job.waiting_for)}</p>
            {/* What was expected and did not happen says nothing. */}
            {job.expected_start_at !== null && Date.parse(job.expected_start_at) > Date.now() && (
              <p>
                may start <Ago time={job.expected_start_at} />
              </p>
            )}
            {job.priority !== 0 && <p>priority {job.priority}</p>}
          </div>
          <JobActions job={job} actions={['cancel']} />
        </li>
      ))}
    </ol>
  );
}
