import type { JobInfo } from '../../../../client/index.ts';
import { waitText } from '../../../../text/jobs.ts';
import { Ago } from '../../../parts/Time.tsx';

/** Where in the queue a job is, what it waits for, and when it may start. */
export function Waiting({ job }: { job: JobInfo }) {
  const { position_in_queue: position, waiting_for: waiting, expected_start_at: start, expected_end_at: end } = job;
  return (
    <section class="panel" aria-label="Queue">
      <dl class="facts facts-large">
        <div>
          <dt>Position</dt>
          <dd>{position === null ? 'about to start' : position + 1}</dd>
        </div>
        <div>
          <dt>Why it waits</dt>
          <dd>{waitText(waiting) ?? 'it is about to start'}</dd>
        </div>
        <div>
          <dt>Starts</dt>
          <dd>{start === null ? 'not known yet' : <Ago time={start} />}</dd>
        </div>
        {end !== null && (
          <div>
            <dt>Ends</dt>
            <dd>
              <Ago time={end} />
            </dd>
          </div>
        )}
        <div>
          <dt>Priority</dt>
          <dd>{job.priority}</dd>
        </div>
      </dl>
    </section>
  );
}
