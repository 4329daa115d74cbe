import { expect } from 'vitest';
import { type JobList, jobListSchema } from '../../../src/schemas/job/jobList.ts';
import { send } from './send.ts';

/** A page of jobs. @param query of `GET /jobs`. */
export async function list(url: string, query: { [name: string]: string }): Promise<JobList> {
  const answer = await send(`${url}/jobs?${new URLSearchParams(query)}`, { method: 'GET' });
  expect(answer.status, answer.text).toBe(200);
  return jobListSchema.parse(answer.json);
}

/** Ids of all jobs that a query finds: a page may have fewer than there are. */
export async function found(url: string, query: { [name: string]: string }): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = {}; ; ) {
    const { jobs, next_cursor } = await list(url, { ...query, ...cursor });
    ids.push(...jobs.map(({ job_id }) => job_id));
    if (next_cursor === null) return ids;
    cursor = { cursor: next_cursor };
  }
}
