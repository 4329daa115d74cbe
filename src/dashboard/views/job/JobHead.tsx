import type { ComponentChildren } from 'preact';
import type { JobInfo } from '../../../client/index.ts';
import { checkpointName, checkpointPath, labelTexts, shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { CopyButton } from '../../parts/Copy.tsx';
import { Imported } from '../../parts/Imported.tsx';
import { Status } from '../../parts/Status.tsx';
import { Ago, Elapsed } from '../../parts/Time.tsx';
import { HeadActions } from './HeadActions.tsx';

/** What a job is, how it is, and what may be done to it. @param onChanged is called when the job is another by what was done. */
export function JobHead({ job, onChanged }: { job: JobInfo; onChanged(): void }) {
  const { request, labels, backend, started_at: started, completed_at: ended } = job;
  const checkpoint = checkpointName(request);
  return (
    <header class="job-head">
      <div class="job-title">
        <h1 title={checkpointPath(request) ?? request.model}>{checkpoint ?? request.model}</h1>
        <Status {...job} />
        <Imported {...job} />
        <div class="job-actions">
          <HeadActions job={job} onChanged={onChanged} />
        </div>
      </div>
      <p class="job-what">
        {checkpoint !== null && <span>{request.model}</span>}
        <span class="job-tasks">{request.tasks.join(', ')}</span>
        {labelTexts(labels).map((label) => (
          <span key={label} class="label">
            {label}
          </span>
        ))}
      </p>
      <dl class="facts">
        <Fact name="Id">
          <span class="job-id">
            <code>{job.job_id}</code>
            <CopyButton text={job.job_id} />
          </span>
        </Fact>
        <Fact name="Submitted">
          <Ago time={job.created_at} />
          {job.submitted_by !== null && ` by ${job.submitted_by}`}
        </Fact>
        {started !== null && (
          <Fact name="Started">
            <Ago time={started} />
          </Fact>
        )}
        {started !== null && (
          <Fact name={ended === null ? 'Runs for' : 'Ran for'}>
            <Elapsed from={started} seconds={job.duration_seconds} />
          </Fact>
        )}
        {ended !== null && (
          <Fact name="Ended">
            <Ago time={ended} />
          </Fact>
        )}
        {job.harness !== null && <Fact name="Harness">{job.harness}</Fact>}
        {backend !== null && (
          <Fact name="Where">
            {backend.name} {backend.id}
            {backend.node !== null && ` on ${backend.node}`}
            {backend.state !== null && `, ${backend.state}`}
          </Fact>
        )}
        {job.imported !== null && (
          <Fact name="Imported from">
            <code>{job.imported}</code>
          </Fact>
        )}
        {job.retry_of !== null && (
          <Fact name="Retry of">
            <JobIds ids={[job.retry_of]} />
          </Fact>
        )}
        {job.retries.length > 0 && (
          <Fact name="Retried as">
            <JobIds ids={job.retries} />
          </Fact>
        )}
        {job.after.length > 0 && (
          <Fact name="Comes after">
            <JobIds ids={job.after} />
          </Fact>
        )}
      </dl>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function JobIds({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <a href={href(['jobs', id])}>
            <code>{shortId(id)}</code>
          </a>
        </span>
      ))}
    </>
  );
}
