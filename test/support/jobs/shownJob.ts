import type { JobInfo } from '../../../src/client/index.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { request } from '../requests/request.ts';

type Fields = Partial<Omit<JobInfo, 'request'>> & { request?: Parameters<typeof request>[0] };

/** A job as a client sees it, one that waits, with what matters to a test. */
export function shownJob(id: string, { request: asked = {}, ...fields }: Fields = {}): JobInfo {
  return {
    job_id: id,
    status: 'queued',
    created_at: '2026-11-29T12:00:00.000+00:00',
    started_at: null,
    completed_at: null,
    duration_seconds: null,
    request: request(asked),
    result: null,
    error: null,
    position_in_queue: null,
    waiting_for: null,
    metrics: null,
    partial_metrics: null,
    partial_result: null,
    answers: null,
    provenance: null,
    failure_kind: null,
    progress: null,
    stop_requested: null,
    log: null,
    backend: null,
    warnings: [],
    ...noOptions,
    expected_start_at: null,
    expected_end_at: null,
    retry_of: null,
    retries: [],
    submitted_by: null,
    imported: null,
    ...fields,
  } as JobInfo;
}
