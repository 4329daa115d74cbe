import type { EvaluateRequest } from '../../src/schemas/evaluateRequest.ts';
import type { NewJob } from '../../src/schemas/job.ts';
import { noOptions } from '../../src/schemas/jobOptions.ts';
import { request } from './request.ts';

/** A job that was just acknowledged, with what matters to a test. */
export function newJob(jobId: string, fields: Partial<EvaluateRequest> = {}, more: Partial<NewJob> = {}): NewJob {
  return {
    jobId,
    request: request(fields),
    createdAt: 1,
    warnings: [],
    folderName: `p_${jobId}`,
    idempotency: null,
    options: noOptions,
    retryOf: null,
    submittedBy: null,
    ...more,
  };
}
