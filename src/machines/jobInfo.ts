import type { JobInfo } from '../schemas/job.ts';
import type { JobRecord } from '../schemas/jobRecord.ts';
import { outcomeText } from '../schemas/outcomeText.ts';
import type { Progress } from '../schemas/progress.ts';
import { formatTime } from '../schemas/time.ts';

/**
 * A job as clients see it.
 * @param position jobs ahead of it; null unless it waits. @param progress how far its run is; null when not known.
 */
export function jobInfo(record: JobRecord, position: number | null = null, progress: Progress | null = null): JobInfo {
  const { jobId, status, createdAt, startedAt, endedAt, request, outcome, run, warnings } = record;
  const completed = outcome?.status === 'completed' ? outcome : null;
  const failed = outcome?.status === 'failed' ? outcome : null;
  return {
    job_id: jobId,
    status,
    created_at: formatTime(createdAt),
    started_at: startedAt === null ? null : formatTime(startedAt),
    completed_at: endedAt === null ? null : formatTime(endedAt),
    request,
    result: completed?.result ?? null,
    error: failed && outcomeText(failed),
    position_in_queue: position,
    metrics: completed?.metrics ?? null,
    failure_kind: failed?.kind ?? null,
    progress,
    log: run?.prepared.log ?? null,
    warnings: [...warnings, ...(completed?.warnings ?? [])],
  };
}
