import type { Clock } from '../../clock.ts';
import type { FailedAttempt } from '../../schemas/job/attempt.ts';
import type { Outcome } from '../../schemas/job/outcome.ts';
import type { EndedPart } from '../../schemas/job/part.ts';
import type { LaunchedRun, Placement, PreparedRun, Progress, RunHandle } from '../../schemas/job/run.ts';
import type { RetryPolicy } from '../../schemas/submission/retry.ts';
import type { Exit, RunExecutor, RunJob, RunReport, RunSign, StopReason } from '../ports/runner.ts';
import { failedAttempts, isAttemptLeft } from './attempts.ts';
import { endedPart, isWhole, jobOfPart, outcomeOfParts } from './parts.ts';

export type RunnerEvent =
  | { type: 'runner.stop'; reason: StopReason }
  | { type: 'runner.withdraw' }
  | { type: 'runner.retry' }
  /** The end of a part, or of an attempt, that it reported is on disk. */
  | { type: 'runner.recorded' }
  | { type: 'run.timedOut' }
  | { type: 'run.stalled' }
  | { type: 'run.hung' }
  | RunSign
  | RunReport;

/** What a runner tells the scheduler. */
export type RunnerFact =
  | { type: 'runner.launched'; jobId: string; run: LaunchedRun }
  /** It could not be launched, by no fault of its job, and waits for `runner.retry`. */
  | { type: 'runner.unlaunched'; jobId: string; reason: string }
  | { type: 'runner.progress'; jobId: string; progress: Progress }
  /** `isMoved`: the node is another one than was reported before, or the first. */
  | { type: 'runner.placed'; jobId: string; node: string; state: string; id?: string; isMoved: boolean }
  /** Nothing of its run has begun or ever will: its job is without one. */
  | { type: 'runner.withdrawn'; jobId: string }
  /** The run of a part has ended: nothing of it runs any more. */
  | { type: 'runner.taskCompleted'; jobId: string; part: EndedPart }
  /** An attempt has failed for its engine: nothing of it runs any more, and another one begins later. */
  | { type: 'runner.attemptFailed'; jobId: string; attempt: FailedAttempt }
  | { type: 'runner.settled'; jobId: string; outcome: Outcome };

/** How long a run may take; null: any time. */
export type RunLimits = {
  /** Seconds it has, and since when in the journal's own time: absolute, so that it holds across restarts. */
  timeout: { since: number; seconds: number } | null;
  /** Seconds without output. */
  stall: number | null;
  /** Seconds without output after its results are there: then it has nothing more to do. */
  linger: number | null;
};

export type RunnerInput = Clock & {
  job: RunJob;
  runs: RunExecutor;
  /** Milliseconds between asking the run to end and killing it. */
  grace: number;
  limits: RunLimits;
  /**
   * The job ran when the server ended, maybe by a crash: its run, if it is known, and why it was asked to end, if it was. It
   * is watched, not launched again.
   */
  resume?: { run: LaunchedRun | null; stopReason?: StopReason | null };
  /** Of a split job the parts that have ended, in order; absent: there is one run for all tasks. */
  ended?: readonly EndedPart[];
  /** How often it is tried again, and after which failures; absent: never. */
  retry?: RetryPolicy;
  /** Attempts that have failed and were followed by another one, in order; absent: none. */
  attempts?: readonly FailedAttempt[];
};

export type RunnerContext = Omit<RunnerInput, 'resume' | 'ended' | 'retry' | 'attempts'> & {
  retry: RetryPolicy;
  attempts: readonly FailedAttempt[];
  /** Parts that have ended; null: there is one run for all tasks. */
  ended: readonly EndedPart[] | null;
  /** Where the runner began, or the part that is under way; `new` too once it is known that there was no run. */
  origin: 'new' | 'known' | 'unknown';
  /** Whether an earlier server ran the job. */
  isResumed: boolean;
  prepared: PreparedRun | null;
  handle: RunHandle | null;
  /** Where its engine has put it, and since when its limits count; null while it waits there. */
  place: Placement | null;
  /** Whether it could not be launched when its job was started: its limits count from its launch. */
  isLate: boolean;
  /** Whether the results of all its tasks are there. */
  isSaved: boolean;
  exit: Exit | null;
  stopReason: StopReason | null;
  /** Why no other part is begun, asked for when the run under way had ended by itself; null: it was not. */
  ending: StopReason | null;
  /** The server ends: what has not begun is to be taken back. */
  isWithdrawing: boolean;
  /** Why it could not be launched when that was last tried, by no fault of its job; null when it could, or was not tried. */
  fault: string | null;
  outcome: Outcome | null;
};

/** What is known of a run that has not begun. */
export const nothingBegun = {
  prepared: null,
  handle: null,
  place: null,
  isSaved: false,
  exit: null,
  fault: null,
  outcome: null,
};

/** What does the work of a run, and for which job. */
export type Bound = { runs: RunExecutor; job: RunJob };

/** What a run is asked of: an attempt at the job, or at the part of it that is under way. */
export function bound(context: RunnerContext): Bound {
  const { runs, job, ended } = context;
  const failed = failedAttempts(context).length;
  const own = ended === null ? job : jobOfPart(job, ended.length + 1);
  return { runs, job: failed === 0 ? own : { ...own, attempt: failed + 1 } };
}

/** The prepared run. @throws in a state that comes before it: the chart would be wrong. */
export function preparedRun({ prepared }: RunnerContext): PreparedRun {
  if (prepared === null) throw new Error('the run is not prepared');
  return prepared;
}

/** The launched run. @throws in a state that comes before it: the chart would be wrong. */
export function watched({ runs, handle }: RunnerContext): { runs: RunExecutor; handle: RunHandle } {
  if (handle === null) throw new Error('the run is not launched');
  return { runs, handle };
}

/** Whether a run that was reported to be on a node is not known to be there yet. */
export function isElsewhere({ handle, place }: RunnerContext, node: string): boolean {
  return node !== '' && node !== (place?.node ?? handle?.['node']);
}

/** A handle that says the node is of a run that began when it was launched: no engine let it wait. */
export function isPlacedByHandle({ handle }: RunnerContext): boolean {
  return typeof handle?.['node'] === 'string';
}

/** What is known of a run that was found. Of a later attempt it is not known since when it runs: its time begins now. */
export function foundRun(context: RunnerContext, { prepared, handle }: LaunchedRun): Partial<RunnerContext> {
  return { prepared, handle, ...(failedAttempts(context).length > 0 && latePlacement(context, handle)) };
}

/** Where a run is that was launched long after its job was started, by a handle that says so: its time begins now. */
export function latePlacement({ isLate, now, monotonic }: RunnerContext, { node }: RunHandle): Partial<RunnerContext> {
  if (!isLate || typeof node !== 'string') return {};
  return { place: { node, at: now(), monotonic: monotonic() } };
}

/** Whether the end was asked for of a run of which it is known that nothing runs. */
export function isStoppedUnlaunched({ origin, stopReason }: RunnerContext): boolean {
  return origin !== 'unknown' && stopReason !== null;
}

/** Why no other part is begun behind the run under way; null: the next one is. One that hangs is judged by its results. */
export function endingOf({ ending, stopReason }: RunnerContext): StopReason | null {
  return ending ?? (stopReason?.kind === 'hung' ? null : stopReason);
}

/** Whether another run may follow that of which the end is awaited: another part, or another attempt. */
export function mayGoOn(context: RunnerContext): boolean {
  return context.ended !== null || isAttemptLeft(context);
}

/** The part of which the run has just ended; null: the job is not split. */
export function concludedPart(context: RunnerContext): EndedPart | null {
  const { ended, prepared, now } = context;
  if (ended === null) return null;
  const { request } = bound(context).job;
  const about = { number: ended.length + 1, task: request.tasks.join(), endedAt: now(), ran: takenBy(context) };
  return endedPart(about, ownOutcome(context), prepared?.log ?? null);
}

/** Whether another part is to be begun behind the one of which the run has just ended. */
export function isMoreToRun(context: RunnerContext): boolean {
  const { ended, job } = context;
  const part = concludedPart(context);
  if (ended === null || part === null || endingOf(context) !== null) return false;
  return !isWhole(job.request.tasks, [...ended, part]);
}

/** Milliseconds of the job's time limit that the parts before this one have taken. */
export function takenBefore({ ended }: RunnerContext): number {
  return (ended ?? []).reduce((sum, { ran }) => sum + ran, 0);
}

/** The same of the run under way: what it waited for in an engine does not count. */
export function takenBy(context: RunnerContext): number {
  const { handle, place, limits, monotonic } = context;
  if (handle === null) return 0;
  if (place !== null) return Math.max(0, monotonic() - (place.monotonic ?? monotonic()));
  if (limits.timeout === null || !isPlacedByHandle(context)) return 0;
  return Math.max(0, monotonic() - limits.timeout.since - takenBefore(context));
}

/** How the run under way has ended. */
export function ownOutcome({ outcome }: RunnerContext): Outcome {
  return outcome ?? { status: 'failed', kind: 'lost', reason: 'the runner settled without an outcome' };
}

/** How the job has ended. */
export function settledOutcome(context: RunnerContext): Outcome {
  const { ended, job } = context;
  return ended === null ? ownOutcome(context) : outcomeOfParts(job.request.tasks, ended, endingOf(context));
}
