import type { SnapshotFrom } from 'xstate';
import type { LivePlacement } from '../machines/job/job.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { RunExecutor } from '../machines/ports/runner.ts';
import { measuredBy } from '../machines/runner/parts.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import type { JobInfo } from '../schemas/job/job.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import { shownMetrics } from '../schemas/job/outcome.ts';
import { outcomeText } from '../schemas/job/outcomeText.ts';
import type { Progress } from '../schemas/job/run.ts';
import type { WaitingFor } from '../schemas/queue/waitingFor.ts';
import { shownUrl } from '../schemas/secrets/shownUrl.ts';
import { formatTime } from '../schemas/values/time.ts';
import { showAttempts } from './attempts.ts';
import type { Expectation, Expectations } from './expectedTimes.ts';
import { showParts } from './parts.ts';
import { shownProvenance } from './provenance.ts';
import { holdOf, waitingFor } from './waitingFor.ts';

/** What a job is looked up in beside its record. */
export type JobSources = {
  snapshot: SnapshotFrom<typeof schedulerMachine>;
  runs: Pick<RunExecutor, 'whereIs'>;
  journal: Pick<Journal, 'retriesOf'>;
  expectations: Expectations;
  /** Why jobs beyond the history are still kept: what of theirs cannot be deleted. */
  undeletable: ReadonlyMap<string, string>;
};

/**
 * A job as clients see it, as far as its record, its actor and the scheduler know it. Its record may be ahead of the books for a moment:
 * what is on disk is applied next. O(log n).
 */
export function showJob(sources: JobSources, record: JobRecord): JobInfo {
  const { snapshot, runs, journal, expectations, undeletable } = sources;
  const { context } = snapshot;
  const { jobId, status } = record;
  const live = context.registry.observed(jobId);
  const { progress = null, place = null } = live ?? {};
  const backend = runLocation(runs, record, place);
  if (record.endedAt !== null) {
    const stuck = undeletable.get(jobId);
    const warnings = stuck === undefined ? [] : [`it is beyond the history and stays: ${stuck}`];
    return jobInfo(record, { retries: journal.retriesOf(jobId), backend, progress, warnings });
  }
  if (live === undefined) return jobInfo(record, { backend });
  const standing = status === 'queued' ? context.queue.standing(jobId) : null;
  const hold = holdOf(snapshot);
  return jobInfo(record, {
    position: standing?.position ?? null,
    waitingFor: waitingFor(context, jobId, standing, hold),
    expected: expectations.of(context, jobId, standing, hold !== null),
    backend,
    progress,
  });
}

/** What is known of a job beside its record. */
export type JobNews = {
  /** Jobs ahead of it; null unless it waits. */
  position: number | null;
  /** What holds it; null unless it waits, in the queue or for its launch. */
  waitingFor: WaitingFor | null;
  progress: Progress | null;
  expected: Expectation;
  /** Where its run is; null until it was launched. */
  backend: JobInfo['backend'];
  /** What is odd about it by now, beside what its record says. */
  warnings: string[];
  /** Ids of the jobs that repeat its request. */
  retries: string[];
};

/** A job as clients see it. */
export function jobInfo(record: JobRecord, news: Partial<JobNews> = {}): JobInfo {
  const { jobId, status, request, outcome, run, options, warnings } = record;
  const completed = outcome?.status === 'completed' ? outcome : null;
  const failed = outcome?.status === 'failed' ? outcome : null;
  // A split job shows what its parts have measured as soon as they have ended.
  const partial = outcome === null ? measuredBy(record.parts) : (failed?.partial ?? null);
  return {
    job_id: jobId,
    status,
    created_at: formatTime(record.createdAt),
    started_at: timeOrNull(record.startedAt),
    completed_at: timeOrNull(record.endedAt),
    duration_seconds: durationOf(record),
    request,
    result: completed?.result ?? null,
    error: failed ? outcomeText(failed) : cancellationText(record),
    position_in_queue: news.position ?? null,
    waiting_for: news.waitingFor ?? null,
    metrics: completed && shownMetrics(completed.metrics),
    partial_metrics: partial && shownMetrics(partial.metrics),
    partial_result: partial?.result ?? null,
    answers: (completed ?? partial)?.answers ?? null,
    provenance: shownProvenance(record),
    failure_kind: failed?.kind ?? null,
    progress: news.progress ?? null,
    stop_requested: record.stopRequest && { ...record.stopRequest, at: formatTime(record.stopRequest.at) },
    log: run?.prepared.log ?? lastLog(record),
    parts: options.split ? showParts(record) : null,
    attempts: showAttempts(record),
    backend: news.backend ?? null,
    // Of what was found before it was queued some is found again before it is launched.
    warnings: [
      ...new Set([...warnings, ...(outcome?.warnings ?? []), ...(partial?.warnings ?? []), ...(news.warnings ?? [])]),
    ],
    ...options,
    callback_url: options.callback_url && shownUrl(options.callback_url),
    ...expectedTimes(news.expected ?? { start: null, end: null }),
    retry_of: record.retryOf,
    retries: news.retries ?? [],
    submitted_by: record.submittedBy,
    imported: record.imported?.file ?? null,
  };
}

/** The log of the last run that has ended of a job which has none now: of an attempt or of a part. */
function lastLog({ parts, attempts }: JobRecord): string | null {
  const [part, attempt] = [parts, attempts].map((runs) => runs.findLast(({ log }) => log !== null));
  return (attempt !== undefined && attempt.endedAt >= (part?.endedAt ?? 0) ? attempt : part)?.log ?? null;
}

/** Why the server cancelled a job; null: it did not. */
function cancellationText({ cancelledFor, options }: JobRecord): string | null {
  if (cancelledFor === null) return null;
  const all = options.after.length > 1 ? `, one of the ${options.after.length} it was to come after,` : '';
  return `Cancelled: job ${cancelledFor}${all} did not complete (after; with after_any it would have been started all the same)`;
}

/** When a job may start and end, as clients see it. */
export function expectedTimes({ start, end }: Expectation): Pick<JobInfo, 'expected_start_at' | 'expected_end_at'> {
  return { expected_start_at: timeOrNull(start), expected_end_at: timeOrNull(end) };
}

/**
 * Where the run of a job is, or was: null before it was launched.
 * @param live what its engine said last; null when nothing was said yet, or its job is no longer live.
 */
export function runLocation(
  runs: Pick<RunExecutor, 'whereIs'>,
  { run, endedAt }: JobRecord,
  live: LivePlacement | null,
): JobInfo['backend'] {
  if (run === null) return null;
  const { node, ...handed } = runs.whereIs(run.handle);
  const where = { ...handed, id: live?.id ?? run.place?.id ?? handed.id };
  const kept = run.place?.node ?? node;
  if (endedAt !== null || live === null) return { ...where, node: kept, state: null };
  return { ...where, node: live.node || null, state: live.state };
}

/** Seconds from the start of a job's run to its end, measured; of one that 0.2 recorded as its clock had them, if it can be. */
function durationOf({ startedAt, endedAt, startedMonotonic, endedMonotonic }: JobRecord): number | null {
  if (startedAt === null || endedAt === null) return null;
  const isMeasured = startedMonotonic !== null && endedMonotonic !== null;
  return Math.max(0, isMeasured ? endedMonotonic - startedMonotonic : endedAt - startedAt) / 1_000;
}

const timeOrNull = (at: number | null): string | null => (at === null ? null : formatTime(at));
