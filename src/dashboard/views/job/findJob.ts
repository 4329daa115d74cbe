import { type Client, ClientError, type JobInfo } from '../../../client/index.ts';

/** What an address leads to: a job, several that its id may mean, or none. */
export type Found = { kind: 'job'; job: JobInfo } | { kind: 'several'; jobs: JobInfo[] } | { kind: 'none' };

/** Characters of an id, a UUID; fewer are the beginning of one. */
const WHOLE = 36;
/** Jobs of one beginning that are named. */
const NAMED = 5;

/** Whether this is an id, and not the beginning of one. */
export const isWholeId = (id: string): boolean => id.length >= WHOLE;

/** Finds the job of an id, or of the beginning of one that no other job shares. @throws ClientError */
export async function findJob(client: Client, id: string, signal: AbortSignal): Promise<Found> {
  if (!isWholeId(id)) {
    if (!/^[\da-f-]+$/.test(id)) return { kind: 'none' };
    const { jobs } = await client.jobs({ id_prefix: id, limit: NAMED }, { signal });
    const [job] = jobs;
    if (job === undefined) return { kind: 'none' };
    return jobs.length === 1 ? { kind: 'job', job } : { kind: 'several', jobs };
  }
  try {
    return { kind: 'job', job: await client.job(id, { signal }) };
  } catch (error) {
    if (error instanceof ClientError && error.code === 'notFound') return { kind: 'none' };
    throw error;
  }
}
