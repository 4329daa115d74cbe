import type { Transition } from '../../src/machines/ports/journal.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome } from '../support/runs/controlledRuns.ts';

/** A run that was launched. */
export const run = { prepared: { output: '/o', ownOutput: true, log: '/o/log', before: [] }, handle: { pid: 7 } };

/** A submission, and what is to follow it. */
export const submitted = (jobId: string): Transition => {
  const asked = { request: request(), createdAt: 1, createdMonotonic: 1, warnings: [], options: noOptions };
  const from = { retryOf: null, submittedBy: null, imported: null };
  const job = { jobId, ...asked, folderName: `p_${jobId}`, idempotency: null, ...from };
  return { type: 'submitted', jobId, at: 1, job };
};
export const started = (jobId: string, at = 2): Transition => ({ type: 'started', jobId, at, monotonic: at });
export const launched = (jobId: string, at = 3): Transition => ({ type: 'launched', jobId, at, monotonic: at, run });
export const completed = (jobId: string, at = 4): Transition => {
  if (completedOutcome.status !== 'completed') throw new Error('the outcome is of another kind');
  return { type: 'completed', jobId, at, monotonic: at, outcome: completedOutcome, notify: [] };
};
export const cancelled = (jobId: string, at = 4): Transition => ({
  type: 'cancelled',
  jobId,
  at,
  monotonic: at,
  who: null,
  notify: [],
});
