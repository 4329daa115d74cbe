import { setTimeout } from 'node:timers/promises';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { getJob } from './client.ts';

/** Polls a job until it is so. Nothing is said about how long that takes: the test's own limit is the limit. */
export async function jobWhen(
  url: string,
  jobId: string,
  condition: (job: JobInfo) => boolean,
  headers: Record<string, string> = {},
): Promise<JobInfo> {
  for (;;) {
    const job = await getJob(url, jobId, headers);
    if (condition(job)) return job;
    await setTimeout(20);
  }
}

/** The job once it has ended in any way. */
export const endedJob = (url: string, jobId: string, headers: Record<string, string> = {}): Promise<JobInfo> =>
  jobWhen(url, jobId, ({ completed_at }) => completed_at !== null, headers);
