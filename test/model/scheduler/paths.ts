import { getShortestPaths } from 'xstate/graph';
import type { Transition } from '../../../src/machines/ports/journal.ts';
import type { SchedulerCommand } from '../../../src/machines/scheduler/schedulerEvents.ts';
import { areWritten } from '../../../src/machines/scheduler/stopRequests.ts';
import { type Model, maximal } from '../follow.ts';
import { attemptsLeft, beyond, partsLeft } from './environment.ts';
import type { Move, World } from './moves.ts';
import {
  initialState,
  journalOf,
  namesIn,
  nextState,
  type SchedulerSnapshot,
  type SystemState,
  systemOf,
} from './system.ts';

/** What can be seen of a scheduler: its state, its books, and how many jobs have ended in each way. */
export type VisibleScheduler = {
  value: SchedulerSnapshot['value'];
  queue: readonly string[];
  waitingBytes: number;
  running: readonly string[];
  /** Of those the ones that have not begun. */
  pending: readonly string[];
  withdrawn: readonly string[];
  inFlight: readonly string[];
  /** Requests to stop, and how far each is. */
  stops: readonly string[];
  deferred: readonly string[];
  unwritten: readonly string[];
  unlaunched: readonly string[];
  /** Jobs that are passed over, and for what. */
  passedOver: readonly string[];
  blockedBy: string | null;
  trying: string | null;
  isPaused: boolean;
  isCatchingUp: boolean;
  isFaulty: boolean;
  /** It met a contradiction, and does nothing more. */
  hasFailed: boolean;
  /** What was said of the journal, in order. */
  reported: readonly string[];
  log: readonly string[];
  /** Each device, and whose it is. */
  devices: readonly string[] | null;
  ended: Record<'completed' | 'failed' | 'cancelled', number>;
};

/**
 * @param ids of all jobs that there may be.
 * @param nameOf the name of a job in the model.
 */
export function visibleOf(
  world: World,
  { value, context, status }: Pick<SchedulerSnapshot, 'value' | 'context'> & { status: string },
  log: readonly Transition[],
  reported: readonly string[],
  ids: Iterable<string> = namesIn(world),
  nameOf: (jobId: string) => string = (jobId) => jobId,
): VisibleScheduler {
  const named = ({ type, jobId }: { type: string; jobId: string }) => `${type} ${nameOf(jobId)}`;
  const gone = new Set(beyond(world, log));
  const count = (end: Transition['type']) => log.filter(({ type, jobId }) => type === end && !gone.has(jobId)).length;
  const inFlight = [...ids].flatMap((jobId) => {
    const change = context.inFlight.get(jobId);
    return change === undefined ? [] : [named({ type: change.type, jobId })];
  });
  return {
    value,
    queue: [...context.queue].map(nameOf),
    // Where jobs name others, their ids are of other lengths here and there.
    waitingBytes: world.after ? 0 : context.waitingBytes.total,
    running: context.running.map(nameOf),
    pending: context.pending.map(nameOf),
    withdrawn: context.withdrawn.map(nameOf),
    inFlight: inFlight.sort(),
    stops: [...context.stops]
      .map(
        ([jobId, { isWritten, reply }]) => `${nameOf(jobId)} ${isWritten ? 'written' : reply ? 'asked' : 'unwritten'}`,
      )
      .sort(),
    deferred: context.deferred.map((command) => {
      const jobId = jobOf(command);
      return `${command.type} ${jobId && nameOf(jobId)}`;
    }),
    unwritten: context.unwritten.map(named),
    unlaunched: context.unlaunched.map(nameOf),
    passedOver: [...context.queue].flatMap((jobId) => {
      const hold = context.holds.of(jobId);
      if (hold === undefined) return [];
      return [`${nameOf(jobId)} ${[...hold.after.map(nameOf), ...(hold.checkpoint ? ['checkpoint'] : [])]}`];
    }),
    blockedBy: context.blockedBy,
    trying: context.trying && nameOf(context.trying),
    isPaused: context.paused,
    isCatchingUp: context.catchingUp,
    isFaulty: context.journalFault !== null,
    hasFailed: status === 'error',
    reported: [...reported],
    log: log.map(named),
    devices:
      context.devices?.names.map((name) => {
        const owners = context.devices?.ownersOf(name) ?? [];
        return `${name} ${owners.map(nameOf).join()}`;
      }) ?? null,
    ended: { completed: count('completed'), failed: count('failed'), cancelled: count('cancelled') },
  };
}

/**
 * Every state of a world, and a shortest path to each, none of them the beginning of another. At its end each path takes
 * all moves that lead nowhere else.
 */
export function explore(world: World): { states: SystemState[]; paths: (readonly Move[])[] } {
  const found = getShortestPaths(systemOf(world), {
    fromState: initialState(world),
    events: (state) => movesIn(world, state),
    serializeState: (state) => serialize(world, state),
    serializeEvent: (move) => JSON.stringify(move),
    stopWhen: isOver,
  }).map(({ state, steps }) => ({ state, moves: steps.slice(1).map(({ event }) => event) }));
  const ends = new Map(found.map(({ state, moves }) => [moves, state]));
  const paths = maximal([...ends.keys()]).map((moves) => [...moves, ...loopsAt(world, ends.get(moves))]);
  const all = [...paths, ...otherWays(world, found)];
  return { states: found.map(({ state }) => state), paths: all.map((moves) => unambiguous(world, moves)) };
}

/** Moves that lead where they came from. */
function loopsAt(world: World, state: SystemState | undefined): Move[] {
  if (state === undefined || isOver(state)) return [];
  const here = serialize(world, state);
  return movesIn(world, state).filter((move) => serialize(world, nextState(world, state, move)) === here);
}

/** A path for each kind of move in each state of the chart that no shortest path has: others lead to the same state. */
function otherWays(world: World, found: { state: SystemState; moves: Move[] }[]): Move[][] {
  const kindOf = (state: SystemState, move: Move) =>
    JSON.stringify([state.scheduler.value, move.type, state.scheduler.context.inFlight.size === 0]);
  const stateAt = new Map(found.map(({ state, moves }) => [JSON.stringify(moves), state]));
  const taken = new Set<string>();
  for (const { moves } of found) {
    const before = stateAt.get(JSON.stringify(moves.slice(0, -1)));
    const last = moves.at(-1);
    if (before !== undefined && last !== undefined) taken.add(kindOf(before, last));
  }
  return found.flatMap(({ state, moves }) => {
    if (isOver(state)) return [];
    const untaken = movesIn(world, state).filter((move) => !taken.has(kindOf(state, move)));
    for (const move of untaken) taken.add(kindOf(state, move));
    return untaken.map((move) => [...moves, move]);
  });
}

/** What can be seen of a state. */
function visibleState(world: World, { scheduler, log, reported, hasFailed }: SystemState): VisibleScheduler {
  return { ...visibleOf(world, scheduler, log, reported), hasFailed };
}

export const modelOf = (world: World): Model<SystemState, Move, VisibleScheduler> => ({
  initial: initialState(world),
  next: (state, move) => nextState(world, state, move),
  visible: (state) => visibleState(world, state),
});

/** A name may come again when its job has ended: its second submission is a2, and so are the moves after it. */
function unambiguous({ restored }: World, moves: readonly Move[]): Move[] {
  const submissions = new Map<string, number>(
    restored
      ? [
          ['a', 1],
          ['b', 1],
        ]
      : [],
  );
  return moves.map((move) => {
    if (!('job' in move)) return move;
    if (move.type === 'job.submit' || move.type === 'job.import')
      submissions.set(move.job, (submissions.get(move.job) ?? 0) + 1);
    const count = submissions.get(move.job) ?? 1;
    return count === 1 ? move : { ...move, job: `${move.job}${count}` };
  });
}

/** What may happen next. Left out: what cannot (a run that does not run has no end), and more at a time than the world allows. */
function movesIn(world: World, state: SystemState): Move[] {
  const { scheduler, writing, waiting } = state;
  const { queue, running, withdrawn, inFlight, deferred, stops } = scheduler.context;
  const moves: Move[] = [];
  // A runner that was asked to end its run tells nothing more of it, and judges it so.
  const isAsked = (job: string) => stops.get(job)?.reply === null;
  const isKnown = (job: string) => queue.has(job) || running.includes(job) || inFlight.has(job) || isDeferred(job);
  const isDeferred = (job: string) => deferred.some((command) => jobOf(command) === job);
  const wasSubmitted = (job: string) => state.log.some(({ jobId }) => jobId === job);
  const isFresh = (job: string) =>
    !isKnown(job) && !((world.keys || world.after) && wasSubmitted(job)) && mayFollow(world, state, job);
  const isShuttingDown = isClosing(state);
  const isWithoutRun = (job: string) => state.unlaunched.includes(job) || state.between.includes(job);

  if (writing.length + waiting.length < world.mostUnderWay) {
    // Jobs that are not there are alike: only the first of them is submitted. One that has ended may come again.
    const fresh = world.jobs.find(isFresh);
    if (fresh !== undefined) {
      for (const priority of world.priorities ?? [0]) moves.push({ type: 'job.submit', job: fresh, priority });
      for (const key of world.keys ?? []) moves.push({ type: 'job.submit', job: fresh, ...key });
      const known = world.imports ? [{ key: fresh, body: '' }, ...(world.keys ?? [])] : [];
      for (const key of known) moves.push({ type: 'job.import', job: fresh, ...key });
    }
    for (const job of world.jobs) {
      if (!isDeferred(job)) moves.push({ type: 'job.cancel', job }, { type: 'job.stop', job });
      if (!running.includes(job) || inFlight.has(job) || withdrawn.includes(job) || isWithoutRun(job)) continue;
      // What cannot be written is kept, and so would be a move after each other.
      if (world.engine && !isAsked(job) && scheduler.context.unwritten.length === 0)
        moves.push({ type: 'run.moves', job });
      const isEnding = scheduler.matches({ intake: { closed: 'stopping' } }) || isAsked(job);
      const isLast = (partsLeft(world, state, job) ?? 1) === 1;
      if (isLast || isEnding) moves.push({ type: 'run.fails', job });
      else moves.push({ type: 'run.goesOn', job });
      if (!isEnding && attemptsLeft(world, state, job) > 0) moves.push({ type: 'run.isRetried', job });
      moves.push({ type: 'run.breaks', job });
      // Asked to end, a run does not complete.
      if (isLast && !isShuttingDown && !isAsked(job)) moves.push({ type: 'run.completes', job });
    }
  }
  for (const job of running) {
    if (inFlight.has(job) || withdrawn.includes(job) || isWithoutRun(job) || isAsked(job)) continue;
    moves.push({ type: 'run.progresses', job });
    if (world.engine) moves.push({ type: 'run.waits', job });
  }
  if (writing.length > 0)
    moves.push({ type: 'journal.commits' }, { type: 'journal.fails' }, { type: 'journal.contradicts' });
  if (scheduler.matches({ intake: 'closed' })) moves.push({ type: 'journal.staysBroken' });
  if (scheduler.context.journalFault !== null) moves.push({ type: 'journal.recovers' });
  if (!isShuttingDown) {
    moves.push({ type: 'scheduler.shutdown', runs: 'stop' }, { type: 'scheduler.shutdown', runs: 'leave' });
  }
  if (world.faults) moves.push({ type: state.isBroken ? 'launches.mend' : 'launches.break' });
  if (world.faults === 'seen' && state.isBroken) moves.push({ type: 'disk.fills' });
  if (scheduler.matches({ dispatch: { blocked: 'waiting' } })) moves.push({ type: 'dispatch.looks' });
  for (const job of world.checkpoints ?? [])
    if (!state.whole.includes(job)) moves.push({ type: 'checkpoint.appears', job });
  if (scheduler.matches({ readiness: 'resting' })) moves.push({ type: 'checkpoints.look' });
  moves.push({ type: 'queue.pause' }, { type: 'queue.resume' }, { type: 'history.prune' });
  return moves.filter(({ type }) => !world.without?.includes(type));
}

/** Whether the jobs that a job comes after are known and may let it start: another is refused before the scheduler is asked. */
function mayFollow({ after = {}, afterAny = [] }: World, { log }: SystemState, job: string): boolean {
  return (after[job] ?? []).every((id) => {
    const status = journalOf(log).find(id)?.status;
    return status !== undefined && (afterAny.includes(job) || (status !== 'failed' && status !== 'cancelled'));
  });
}

function jobOf(command: SchedulerCommand): string | undefined {
  return 'job' in command ? command.job.jobId : 'jobId' in command ? command.jobId : undefined;
}

const isClosing = ({ scheduler }: SystemState): boolean =>
  scheduler.matches({ intake: { closed: 'stopping' } }) || scheduler.matches({ intake: { closed: 'leaving' } });

/** A shutdown is over when nothing is under way: the facade then stops the actor. After a contradiction nothing is done. */
export function isOver(state: SystemState): boolean {
  if (state.hasFailed) return true;
  const { running, withdrawn, inFlight, stops } = state.scheduler.context;
  const isRecorded = (job: string) => recorded(state).includes(job);
  const isLeft = (job: string) => state.unlaunched.includes(job) || isRecorded(job);
  const isSettled = state.scheduler.matches({ intake: { closed: 'stopping' } })
    ? running.every((job) => withdrawn.includes(job))
    : running.every(isLeft);
  return isClosing(state) && isSettled && inFlight.size === 0 && areWritten(stops);
}

/** Running jobs whose launch is on disk. */
function recorded({ scheduler, log }: SystemState): string[] {
  const isRecorded = (job: string) => {
    const own = log.filter(({ jobId }) => jobId === job);
    // The run of a part that has ended, or of an attempt that has failed, is on record no more.
    const last = own.findLast(({ type }) => ['launched', 'submitted', 'taskCompleted', 'attemptFailed'].includes(type));
    return last?.type === 'launched';
  };
  return scheduler.context.running.filter(isRecorded);
}

/** A state without times and functions. Of the log only what matters to what comes: launches, and keys. */
function serialize(world: World, state: SystemState): string {
  // Wherever it met a contradiction, nothing comes of it.
  if (state.hasFailed) return 'failed';
  const books = visibleOf(world, state.scheduler, [], []);
  const types = (transitions: readonly Transition[]) => transitions.map(({ type, jobId }) => `${type} ${jobId}`);
  const { inFlight, deferred } = state.scheduler.context;
  const keys = world.keys && [
    ...state.log.flatMap((one) => (one.type === 'submitted' ? [[one.job.idempotency, one.jobId]] : [])),
    ...namesIn(world).map((name) => inFlight.get(name)?.key ?? null),
    ...deferred.map((command) => ('job' in command ? command.job.idempotency : null)),
  ];
  const { completed, failed, cancelled } = visibleOf(world, state.scheduler, state.log, []).ended;
  const kept = world.history !== undefined && completed + failed + cancelled;
  const once = world.after && world.jobs.map((job) => journalOf(state.log).find(job)?.status);
  return JSON.stringify([
    ...(once ? [once, state.whole, state.seen] : []),
    kept,
    books,
    state.isBroken,
    world.split && state.ended,
    (world.split || world.retries) && state.between,
    world.retries && state.failed,
    types(state.writing),
    types(state.waiting),
    recorded(state),
    keys,
  ]);
}
