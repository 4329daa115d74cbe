import { setTimeout } from 'node:timers/promises';
import { errorMessage } from '../../errors.ts';
import type { Exit, PreparedRun, StopReason } from '../../machines/ports/runner.ts';
import type { FailedOutcome, Outcome } from '../../schemas/job/outcome.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import { oomSince } from '../backends/local/oomKills.ts';
import type { Harness } from '../harnesses/contract.ts';
import type { LogCause, LogEnd } from '../log/logCause.ts';
import type { RunReader } from './reader/runReader.ts';
import { ReadingError } from './reader/threads.ts';

/** How a run ended, and what it was. */
export type EndedRun = {
  request: EvaluateRequest;
  prepared: PreparedRun;
  exit: Exit;
  stopReason: StopReason | null;
  /** The state folder of its launch; null when there is none. Never throws. */
  state(): Promise<string | null>;
  /** What reads what it wrote. */
  reader: RunReader;
  /** Whether a server has ended while it read that before. */
  isAgain?: boolean;
};

export type ConclusionDependencies = {
  harness: Harness;
  /** Seconds for which results that are not there yet are waited for. */
  resultsWait: number;
  /** Waits so many milliseconds. */
  pause?: (milliseconds: number) => Promise<unknown>;
};

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/** Makes what says how a run ended: by its exit first, by its output second. It never throws for what the run did. */
export function createConclusion({ harness, resultsWait, pause = setTimeout }: ConclusionDependencies) {
  /** Results may arrive some seconds after the end of their run, on a folder that machines share. */
  const judge = async ({ prepared, request, reader }: EndedRun, hung: number | null): Promise<Outcome> => {
    let wait = FIRST_PAUSE;
    for (let left = resultsWait * 1_000; ; ) {
      const outcome = await harness.judge(prepared, request, hung, reader).catch((error: unknown) => {
        // On such a folder what is read may be gone or stale for a moment, too. What takes too long would take as long again.
        if (left <= 0 || error instanceof ReadingError) throw error;
        return null;
      });
      if (outcome !== null && (left <= 0 || !mayBeLate(outcome))) return outcome;
      const milliseconds = Math.min(wait, left);
      await pause(milliseconds);
      left -= milliseconds;
      wait = Math.min(2 * wait, LONGEST_PAUSE);
    }
  };

  const partialOf = async ({ prepared, request, reader }: EndedRun): Promise<Pick<FailedOutcome, 'partial'>> => {
    const measured = await harness.measure(prepared, request, reader).catch(() => null);
    return measured === null ? {} : { partial: measured.measured };
  };

  const evidenceOf = async ({ prepared: { log }, reader }: EndedRun) => {
    const tail = await reader.logTail(log).catch((error) => [`(log file unreadable: ${errorMessage(error)})`]);
    return { log, tail };
  };

  /** Why it failed, as its log and the kernel say; null when they do not, or when what evald was asked is reason enough. */
  const causeOf = async (ended: Ended, { prepared, state, reader }: EndedRun) => {
    const end = logEndOf(ended);
    if (end === null) return { text: null, oom: null };
    const { text, dead } = await reader.logCause(prepared.log, end);
    const folder = wasKilled(ended, dead) ? await state() : null;
    return { text, oom: folder && (await oomSince(folder)) };
  };

  return async (run: EndedRun): Promise<Outcome> => {
    const { exit, stopReason, isAgain = false } = run;
    const ended = endOf(exit, stopReason);
    if (ended?.kind === 'launch') return ended;
    if (ended?.kind === 'lost') return { ...ended, ...(await partialOf(run)) };
    if (ended !== null) {
      const { text: cause, oom } = await causeOf(ended, run).catch(() => ({ text: null, oom: null }));
      const byKernel = oom === null ? ended : { status: ended.status, kind: 'outOfMemory' as const, reason: oom };
      const partial = await partialOf(run);
      return { ...byKernel, ...(cause !== null && { cause }), ...partial, ...(await evidenceOf(run)) };
    }
    try {
      return await judge(run, stopReason?.kind === 'hung' ? stopReason.seconds : null);
    } catch (error) {
      const reason = unreadReason(error, isAgain);
      return { status: 'failed', kind: 'harness', reason, ...(await evidenceOf(run)) };
    }
  };
}

function unreadReason(error: unknown, isAgain: boolean): string {
  if (!(error instanceof ReadingError)) return `its output cannot be read: ${errorMessage(error)}`;
  const before = isAgain ? '; the server had ended while it read them before' : '';
  return `its results ${error.message}${error.isLate ? ' (--judge-timeout)' : ''}${before}`;
}

const mayBeLate = (outcome: Outcome): boolean =>
  outcome.status === 'failed' && (outcome.kind === 'noResults' || outcome.kind === 'incompleteResults');

/** Why a run is failed before its output is looked at; null when its output decides. */
function endOf(exit: Exit, stopReason: StopReason | null) {
  const status = 'failed' as const;
  if (stopReason?.kind === 'hung') return null;
  if (stopReason !== null) return { status, ...stopReason };
  switch (exit.kind) {
    case 'unknown':
      return { status, kind: 'lost' as const, reason: exit.reason };
    case 'notStarted':
      return { status, kind: 'launch' as const, reason: exit.reason };
    case 'timedOut':
      return { status, kind: 'timedOut' as const, seconds: exit.seconds };
    case 'signal':
      return { status, kind: 'signalled' as const, signal: exit.signal, ...reasonIn(exit) };
    case 'cancelled':
      return { status, kind: 'stopped' as const, who: null, reason: exit.reason };
    case 'preempted':
    case 'nodeFailed':
    case 'outOfMemory':
      return { status, kind: exit.kind, reason: exit.reason };
    case 'code':
      return exit.code === 0 ? null : { status, kind: 'exited' as const, code: exit.code, ...reasonIn(exit) };
  }
}

const reasonIn = ({ reason }: { reason?: string }) => (reason === undefined ? {} : { reason });

type Ended = NonNullable<ReturnType<typeof endOf>>;

function logEndOf(ended: Ended): LogEnd | null {
  switch (ended.kind) {
    case 'exited':
      return { kind: 'code', code: ended.code };
    case 'signalled':
      return { kind: 'signal', signal: ended.signal };
    case 'timedOut':
    case 'stalled':
      return { kind: 'ended' };
    default:
      return null;
  }
}

/** The exit code by which a shell says that its program was killed (128 + 9). */
const KILLED = 137;

/** Whether something of the run ended by KILL, as the kernel ends what has too much memory. */
function wasKilled(ended: Ended, dead: LogCause['dead']): boolean {
  if (ended.kind === 'signalled') return ended.signal === 'SIGKILL';
  return ended.kind === 'exited' && (ended.code === KILLED || dead?.signal === 'SIGKILL' || dead?.signal === '-9');
}

/** An outcome that also says what could not be done after its run. */
export function withWarnings(outcome: Outcome, more: readonly string[]): Outcome {
  return more.length === 0 ? outcome : { ...outcome, warnings: [...(outcome.warnings ?? []), ...more] };
}
