import { createClient } from '../../../src/client/client.ts';
import type { SubmissionInput } from '../../../src/client/jobs.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';

type Headers = Record<string, string>;

/** Submits an evaluation, once. @param headers with a token, and an Idempotency-Key. @returns the job's id. */
export async function submit(url: string, request: object, headers: Headers = {}): Promise<string> {
  const options = { idempotencyKey: headers['idempotency-key'], patience: 0 };
  // Tests also submit what the types forbid.
  return (await clientOf(url, headers).submit(request as SubmissionInput, options)).job_id;
}

/** What the server knows of a job now. */
export const getJob = (url: string, jobId: string, headers: Headers = {}): Promise<JobInfo> =>
  clientOf(url, headers).job(jobId);

const clientOf = (server: string, headers: Headers) =>
  createClient({ server, token: headers['authorization']?.replace(/^Bearer /, '') });
