import { writeFile } from 'node:fs/promises';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { submit } from './client.ts';
import { endedJob } from './jobs.ts';

/** The path of a job's log. */
export function logOf({ log }: JobInfo): string {
  if (log === null) throw new Error('the job has no log yet');
  return log;
}

/** A job that has ended, with a log that the test wrote in the stead of its run's. */
export async function loggedJob(url: string, log: string | Uint8Array): Promise<JobInfo> {
  const job = await endedJob(url, await submit(url, { model: 'majority', tasks: ['demo_digits'], limit: 2 }));
  await writeFile(logOf(job), log);
  return job;
}
