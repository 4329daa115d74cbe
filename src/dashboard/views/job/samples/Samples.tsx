import type { JobInfo } from '../../../../client/index.ts';
import type { Location } from '../../../location.ts';

export function Samples({ job, location }: { job: JobInfo; location: Location }) {
  return (
    <p>
      {job.job_id} {location.path.length}
    </p>
  );
}
