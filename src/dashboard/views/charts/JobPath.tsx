import type { JobInfo } from '../../../client/index.ts';
import { href } from '../../location.ts';
import { JobLink } from '../../parts/JobLink.tsx';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { Status } from '../../parts/Status.tsx';
import type { Resource } from '../../state/useResource.ts';

/** Which job is shown alone, how it is, and the way back to all. */
export function JobPath({ job: { value, error, reload } }: { job: Resource<JobInfo> }) {
  return (
    <section class="panel job-path" aria-label="The job that is shown">
      {value !== null && (
        <>
          <Status {...value} />
          <JobLink job={value} />
        </>
      )}
      {value === null && (error === null ? <Skeleton lines={1} /> : <ErrorNote error={error} retry={reload} />)}
      <a class="button" href={href(['charts'])}>
        All jobs
      </a>
    </section>
  );
}
