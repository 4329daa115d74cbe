import type { NewJob } from '../../../src/schemas/job/job.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { request } from '../requests/request.ts';

/** A job that was just acknowledged, with what matters to a test. */
export function newJob(jobId: string, fields: Partial<EvaluateRequest> = {}, more: Partial<NewJob> = {}): NewJob {
  return {
    jobId,
    request: request(fields),
    createdAt: 1,
    createdMonotonic: 1,
    warnings: [],
    folderName: `p_${jobId}`,
    idempotency: null,
    options: noOptions,
    retryOf: null,
    submittedBy: null,
    imported: null,
    ...more,
  };
}
