import type { JobInfo } from '../../../../client/index.ts';

export function Scores({ job }: { job: JobInfo }) {
  return <p>{job.job_id}</p>;
}
