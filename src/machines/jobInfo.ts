import type { SnapshotFrom } from 'xstate';
import type { JobInfo } from '../schemas/job.ts';
import { outcomeText } from '../schemas/outcomeText.ts';
import { formatTime } from '../schemas/time.ts';
import type { jobMachine } from './job.ts';

/** A job as clients see it. @param position jobs ahead of it; null unless it waits. */
export function jobInfo({ context, value }: SnapshotFrom<typeof jobMachine>, position: number | null): JobInfo {
  const { jobId, createdAt, startedAt, endedAt, request, outcome, run, progress, warnings } = context;
  const completed = outcome?.status === 'completed' ? outcome : null;
  const failed = outcome?.status === 'failed' ? outcome : null;
  return {
    job_id: jobId,
    status: value,
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
