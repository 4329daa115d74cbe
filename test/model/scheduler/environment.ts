import type { Transition } from '../../../src/machines/ports/journal.ts';
import { endedPart } from '../../../src/machines/runner/parts.ts';
import type { SchedulerEvent } from '../../../src/machines/scheduler/schedulerEvents.ts';
import type { Share } from '../../../src/machines/scheduler/waitingBytes.ts';
import type { NewJob } from '../../../src/schemas/job/job.ts';
import type { FailedOutcome, Outcome } from '../../../src/schemas/job/outcome.ts';
import type { LaunchedRun } from '../../../src/schemas/job/run.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { newJob } from '../../support/jobs/newJob.ts';
import { completedOutcome, failedOutcome } from '../../support/runs/controlledRuns.ts';
import type { Move, Submission, World } from './moves.ts';

/** What surrounds a scheduler, as a value: the journal's writer and what it has written. */
export type Environment = {
  /** The commit under way. */
  writing: readonly Transition[];
  /** What goes into the next. */
  waiting: readonly Transition[];
  log: readonly Transition[];
  /** Whether no run can be launched. */
  isBroken: boolean;
  /** Jobs whose runners wait until they may try again. */
  unlaunched: readonly string[];
  /** Jobs of which nothing runs until the end of a part, or of an attempt, is on disk. */
  between: readonly string[];
  /** Jobs whose checkpoints are there, and those of them that were seen while their jobs waited. */
  whole: readonly string[];
  seen: readonly string[];
  /** Of split jobs how many parts have ended. */
  ended: { readonly [job: string]: number };
  /** Of jobs that are tried again how many attempts have failed. */
  failed: { readonly [job: string]: number };
};

/** What an event made the scheduler do. */
export type Effect = {
  /** What went to the journal, message by message. */
  appended: readonly (readonly Transition[])[];
  /** Jobs whose runner was made, whose runner was asked to end its run, and whose runner to take it back. */
  spawned: readonly string[];
  stopped: readonly string[];
  withdrawn: readonly string[];
  /** Jobs whose runner was asked to try again, and whose runner was told that the end of a part, or of an attempt, is on disk. */
  retried: readonly string[];
  recorded: readonly string[];
  /** Whether it was asked whether a run could be launched. */
  isProbing: boolean;
  /** Whether it was looked for checkpoints. */
  isLooking: boolean;
};

/** The run of a job, as `controlledRuns` launch it. */
export const runOf = ({ pending }: World, jobId: string): LaunchedRun => ({
  prepared: { output: `/out/${jobId}`, ownOutput: true, log: `/out/${jobId}/log`, before: [] },
  handle: pending === undefined ? { jobId, node: 'here' } : { jobId },
});

/** Why nothing can be launched. */
export const fault = 'the disk is full';
const PROBE = 'actor.0.scheduler.dispatch.blocked.probing';
/** The ends of invoked work are the machine's own events, and not among those that others send. */
const probeDone = { type: `xstate.done.${PROBE}` } as unknown as SchedulerEvent;
const probeFailed = { type: `xstate.error.${PROBE}`, error: new Error(fault) } as unknown as SchedulerEvent;
/** The end of a look for checkpoints: of all that are there, also those of jobs that do not wait. */
const lookDone = (output: readonly string[]) =>
  ({ type: 'xstate.done.actor.0.scheduler.readiness.looking', output }) as unknown as SchedulerEvent;
const endedOutcome: FailedOutcome = { status: 'failed', kind: 'stopped', who: null, log: '/o/log', tail: [] };
export const progress = { phase: 'p', done: 1, total: 2, percent: 50, rate: 1, eta_seconds: 1 };

/** The client that a job is of; null: none that is known. */
export const clientOf = ({ clients = {} }: World, job: string): string | null => clients[job.charAt(0)] ?? null;

/** What a job takes while it waits. */
export function shareOf(world: World, submission: Submission): Share {
  const { request, options, warnings } = jobOf(world, submission);
  const bytes = [request, options, warnings].map((part) => JSON.stringify(part)).join('').length;
  return { bytes, client: clientOf(world, submission.job) };
}

/** The folder of the checkpoint that a job waits for. */
export const checkpointOf = (job: string): string => `/checkpoints/${job}`;

/** A job as it is submitted. Its model is its name, to know it by. */
export function jobOf(
  {
    folder,
    gpus = {},
    large = [],
    after = {},
    afterAny = [],
    checkpoints = [],
    split = {},
    pools,
    pool = {},
    callers = {},
    retries = {},
  }: World,
  { job, key, body = '', priority = 0 }: Submission,
): NewJob {
  const idempotency = key === undefined ? null : { key, requestHash: body };
  const isAwaited = checkpoints.includes(job);
  const holds = {
    after: [...(after[job] ?? [])],
    after_any: afterAny.includes(job),
    ready_file: isAwaited ? 'done' : null,
  };
  // With the harness that is pinned to each.
  const parts = split[job.charAt(0)];
  const max = retries[job.charAt(0)];
  const retry = max === undefined ? null : { max, on: ['lost' as const] };
  const options = {
    ...noOptions,
    harness: 'controlled',
    priority,
    retry,
    ...holds,
    split: parts !== undefined,
    pool: pool[job.charAt(0)] ?? pools?.[0]?.name ?? null,
  };
  // A job that comes again has a number behind its name.
  const num_gpus = gpus[job.charAt(0)] ?? 1;
  const gen_kwargs = large.includes(job.charAt(0)) ? 'x'.repeat(1_000) : null;
  const model_args = isAwaited ? { pretrained: checkpointOf(job) } : null;
  const fields = { model: job, output_dir: folder ?? null, num_gpus, gen_kwargs, ...(model_args && { model_args }) };
  const tasks = parts === undefined ? {} : { tasks: tasksOf(parts) };
  return newJob(job, { ...fields, ...tasks }, { idempotency, options, submittedBy: callers[job.charAt(0)] ?? null });
}

const tasksOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index + 1}`);

/** Parts that have not ended of a job; null: it is not split. */
export function partsLeft({ split = {} }: World, { ended }: Environment, job: string): number | null {
  const count = split[job.charAt(0)];
  return count === undefined ? null : count - (ended[job] ?? 0);
}

/** That the part under way of a split job has ended. */
export function partEndOf({ ended }: Pick<Environment, 'ended'>, jobId: string, outcome: Outcome): SchedulerEvent {
  const number = (ended[jobId] ?? 0) + 1;
  const about = { number, task: `t${number}`, endedAt: 1, ran: 0 };
  return { type: 'runner.taskCompleted', jobId, part: endedPart(about, outcome, `/out/${jobId}/log`) };
}

/** Attempts that are left to a job beside the one under way. */
export function attemptsLeft({ retries = {} }: World, { failed }: Environment, job: string): number {
  return (retries[job.charAt(0)] ?? 0) - (failed[job] ?? 0);
}

/** That the attempt under way of a job has failed for its engine. */
export function attemptFailureOf({ failed }: Pick<Environment, 'failed'>, jobId: string): SchedulerEvent {
  const about = { number: (failed[jobId] ?? 0) + 1, kind: 'lost' as const, error: 'it was lost', node: null };
  const attempt = { ...about, log: `/out/${jobId}/log`, endedAt: 1, next: { at: 1, monotonic: 1 } };
  return { type: 'runner.attemptFailed', jobId, attempt };
}

/** An earlier run as it is imported. */
export function importOf(world: World, submission: Submission) {
  const imported = { file: `/earlier/${submission.job}`, harness: 'lm-eval' };
  return { job: { ...jobOf(world, submission), imported }, endedAt: 1, outcome: completedOutcome };
}

/**
 * Takes a move: the events it sends the scheduler, in the order in which the journal's writer and the runners send them,
 * and what comes of what it answers. Programs are launched as soon as they may, or never when the scheduler ends first.
 */
export function advance(world: World, before: Environment, move: Move, send: (given: Given) => Effect): Environment {
  let { writing, waiting, log, isBroken, whole, seen, ended: endedParts, failed } = before;
  const unlaunched = new Set(before.unlaunched);
  const between = new Set(before.between);
  const recorded: string[] = [];
  const spawned: string[] = [];
  const stopped: string[] = [];
  const withdrawn: string[] = [];
  const give = (given: Given): void => {
    const { appended, retried, isProbing, isLooking, ...effect } = send(given);
    waiting = [...waiting, ...appended.flat()];
    spawned.push(...effect.spawned);
    stopped.push(...effect.stopped);
    withdrawn.push(...effect.withdrawn);
    recorded.push(...effect.recorded);
    if (isProbing) give(isBroken && world.faults === 'seen' ? probeFailed : probeDone);
    if (isLooking) give(lookDone(whole));
    for (const jobId of retried) launch(jobId);
  };
  const launch = (jobId: string): void => {
    if (isBroken) {
      unlaunched.add(jobId);
      give({ type: 'runner.unlaunched', jobId, reason: fault });
    } else {
      unlaunched.delete(jobId);
      give({ type: 'runner.launched', jobId, run: runOf(world, jobId) });
    }
  };
  // The part that was to follow has ended before it began.
  const endBetween = (jobId: string) => {
    if (!between.delete(jobId)) return;
    if (partsLeft(world, before, jobId) !== null) give(partEndOf({ ended: endedParts }, jobId, endedOutcome));
    give({ type: 'runner.settled', jobId, outcome: endedOutcome });
    endedParts = without(endedParts, jobId);
    failed = without(failed, jobId);
  };
  // Of what an earlier server ran it is looked first for what that may have launched.
  const isLookedFor = (jobId: string) => world.restored === true && jobId === 'a';
  // What comes at once goes into one commit, unless one is under way.
  const write = () => {
    if (writing.length === 0) [writing, waiting] = [waiting, []];
  };
  const settle = (verdict: 'journal.committed' | 'journal.failed') => {
    // When a commit fails, what waited for it fails with it.
    const transitions = verdict === 'journal.committed' ? writing : [...writing, ...waiting];
    writing = [];
    if (verdict === 'journal.failed') waiting = [];
    if (verdict === 'journal.committed') log = [...log, ...transitions];
    if (verdict === 'journal.committed') give({ type: verdict, transitions });
    else give({ type: verdict, transitions, reason: 'disk full' });
    for (const jobId of stopped) if (!isLookedFor(jobId)) endBetween(jobId);
    write();
    for (const jobId of spawned) {
      if (withdrawn.includes(jobId)) give({ type: 'runner.withdrawn', jobId });
      else launch(jobId);
    }
    for (const jobId of recorded) if (!stopped.includes(jobId) && between.delete(jobId)) launch(jobId);
    const forgotten = beyond(world, log).slice(beyond(world, before.log).length);
    if (forgotten.length > 0) give({ type: 'history.forgotten', jobIds: forgotten });
  };

  switch (move.type) {
    case 'journal.commits':
      settle('journal.committed');
      break;
    case 'journal.fails':
      settle('journal.failed');
      break;
    case 'journal.contradicts':
      writing = [];
      give({ type: 'journal.contradicted', reason: 'it was recorded otherwise' });
      break;
    case 'launches.break':
    case 'launches.mend':
      isBroken = move.type === 'launches.break';
      break;
    case 'checkpoint.appears':
      whole = [...whole, move.job];
      break;
    case 'checkpoints.look':
      seen = whole.filter((job) => log.some(({ type, jobId }) => type === 'submitted' && jobId === job));
      give({ type: 'rest.passes' });
      break;
    case 'run.goesOn':
    case 'run.completes':
    case 'run.fails': {
      if (partsLeft(world, before, move.job) !== null) {
        give(partEndOf(before, move.job, move.type === 'run.fails' ? failedOutcome : completedOutcome));
        endedParts = { ...endedParts, [move.job]: (endedParts[move.job] ?? 0) + 1 };
        // A job of the same name may come again.
        if (move.type !== 'run.goesOn') endedParts = without(endedParts, move.job);
      }
      if (move.type === 'run.goesOn') between.add(move.job);
      // A job of the same name may come again.
      if (move.type !== 'run.goesOn') failed = without(failed, move.job);
      for (const event of eventsOf(world, move)) give(event);
      break;
    }
    case 'run.isRetried':
      give(attemptFailureOf(before, move.job));
      failed = { ...failed, [move.job]: (failed[move.job] ?? 0) + 1 };
      between.add(move.job);
      break;
    case 'run.breaks':
      endedParts = without(endedParts, move.job);
      failed = without(failed, move.job);
      for (const event of eventsOf(world, move)) give(event);
      break;
    default:
      for (const event of eventsOf(world, move)) give(event);
  }
  // Nothing runs of what is unlaunched: asked to end, it has ended.
  for (const jobId of stopped) {
    if (unlaunched.delete(jobId)) give({ type: 'runner.settled', jobId, outcome: endedOutcome });
    endBetween(jobId);
  }
  for (const jobId of move.type === 'scheduler.shutdown' ? withdrawn : []) {
    const isBetween = between.delete(jobId);
    if (unlaunched.delete(jobId) || isBetween) give({ type: 'runner.withdrawn', jobId });
  }
  write();
  const waits = { unlaunched: [...unlaunched], between: [...between] };
  return { writing, waiting, log, isBroken, ...waits, whole, seen, ended: endedParts, failed };
}

const without = (ended: Environment['ended'], job: string): Environment['ended'] =>
  Object.fromEntries(Object.entries(ended).filter(([name]) => name !== job));

/** Jobs that ended and are beyond the history, the first ended first. */
export function beyond({ history }: World, log: readonly Transition[]): string[] {
  const ended = log.filter(({ type }) => type === 'completed' || type === 'failed' || type === 'cancelled');
  return ended.slice(0, Math.max(0, ended.length - (history ?? Number.POSITIVE_INFINITY))).map(({ jobId }) => jobId);
}

/** What a scheduler is given: an event, a second of time, or as much as it waits until it tries a launch, or looks for checkpoints, again. */
export type Given = SchedulerEvent | { type: 'time.passes' } | { type: 'backOff.passes' } | { type: 'rest.passes' };

/** The events of a move, in order. */
export function eventsOf(world: World, move: Move): Given[] {
  const reply = () => {};
  switch (move.type) {
    case 'job.submit':
      return [{ type: 'job.submit', job: jobOf(world, move), share: shareOf(world, move), reply }];
    case 'job.import':
      return [{ type: 'job.import', ...importOf(world, move), reply }];
    case 'job.cancel':
      return [{ type: 'job.cancel', jobId: move.job, who: null, reply }];
    case 'job.stop':
      return [{ type: 'job.stop', jobId: move.job, who: null, reply }];
    case 'run.completes':
      return [{ type: 'runner.settled', jobId: move.job, outcome: completedOutcome }];
    case 'run.fails':
      return [{ type: 'runner.settled', jobId: move.job, outcome: failedOutcome }];
    case 'run.progresses':
      return [{ type: 'runner.progress', jobId: move.job, progress }];
    case 'run.moves':
      return [{ type: 'runner.placed', jobId: move.job, node: 'there', state: 'RUNNING', isMoved: true }];
    case 'run.waits':
      return [{ type: 'runner.placed', jobId: move.job, node: '', state: 'PENDING', isMoved: false }];
    case 'run.breaks': {
      const actorId = `runner:${move.job}`;
      return [{ type: `xstate.error.actor.${actorId}`, actorId, error: new Error('broken') }];
    }
    case 'journal.recovers':
      return [{ type: 'time.passes' }, { type: 'journal.recovered' }];
    case 'journal.staysBroken':
      return [{ type: 'time.passes' }];
    case 'dispatch.looks':
      return [{ type: 'backOff.passes' }];
    case 'disk.fills':
      return [{ type: 'disk.filled', reason: fault }];
    case 'history.prune':
      return [{ type: 'history.prune', keep: 100, reply }];
    // Saved at once: nothing else is under way with it.
    case 'queue.pause':
      return [
        { type: 'queue.pause', reply },
        { type: 'queue.paused', reply },
      ];
    case 'queue.resume':
      return [
        { type: 'queue.resume', reply },
        { type: 'queue.resumed', reply },
      ];
    case 'scheduler.shutdown':
      return [move];
    case 'run.goesOn':
    case 'run.isRetried':
    case 'journal.commits':
    case 'journal.fails':
    case 'journal.contradicts':
    case 'launches.break':
    case 'launches.mend':
    case 'checkpoint.appears':
    case 'checkpoints.look':
      // These depend on what is under way: see `advance`.
      return [];
  }
}

/** The action that says something of the journal or of dispatch; undefined for what else goes wrong. */
export function nameOfProblem(text: string): string | undefined {
  if (text.startsWith('the journal can be written again')) return 'tellRecovery';
  if (text.startsWith('the journal cannot be written: ')) return 'tellFault';
  if (text.startsWith(`nothing is started: ${fault};`)) return 'tellBlocked';
  return text === 'runs can be started again' ? 'tellUnblocked' : undefined;
}
