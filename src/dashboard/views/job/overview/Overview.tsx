import type { JobInfo } from '../../../../client/index.ts';
import { Attempts } from './Attempts.tsx';
import { Completed } from './Completed.tsx';
import { Failure } from './Failure.tsx';
import { Parts } from './Parts.tsx';
import { Running } from './Running.tsx';
import { Waiting } from './Waiting.tsx';
import { Warnings } from './Warnings.tsx';

/** What matters most of a job as it is now: why it failed, how far it is, what it waits for, what it has found. */
export function Overview({ job }: { job: JobInfo }) {
  return (
    <div class="overview">
      {job.status === 'failed' && <Failure job={job} />}
      {job.status === 'running' && <Running job={job} />}
      {job.status === 'queued' && <Waiting job={job} />}
      {job.status === 'completed' && <Completed job={job} />}
      {job.status === 'cancelled' && (
        <section class="panel">
          <h2>It was cancelled</h2>
          <p>{job.error ?? 'It was taken out of the queue before it ran.'}</p>
        </section>
      )}
      <Parts job={job} />
      <Attempts job={job} />
      <Warnings warnings={job.warnings} />
    </div>
  );
}
