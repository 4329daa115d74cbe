import { type JobInfo, jobInfoSchema } from '../schemas/job/job.ts';
import { submitAnswerSchema } from '../schemas/submission/submission.ts';

/** Submits an evaluation. @returns the job's id. @throws with the server's words when it refuses. */
export async function submit(url: string, request: object, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw new Error(`POST /evaluate was answered ${response.status}: ${await response.text()}`);
  return submitAnswerSchema.parse(await response.json()).job_id;
}

/** What the server knows of a job now. @throws with the server's words when it knows nothing. */
export async function getJob(url: string, jobId: string, headers: Record<string, string> = {}): Promise<JobInfo> {
  const response = await fetch(`${url}/jobs/${jobId}`, { headers });
  if (!response.ok) throw new Error(`GET /jobs/${jobId} was answered ${response.status}: ${await response.text()}`);
  return jobInfoSchema.parse(await response.json());
}
