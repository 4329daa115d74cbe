import { getShortestPaths } from 'xstate/graph';
import { type Model, maximal } from '../follow.ts';
import { type RunnerMove, type RunnerState, modelOf as runnerModelOf } from '../runner/system.ts';
import type { Move, World } from '../scheduler/moves.ts';
import { modelOf as schedulerModelOf } from '../scheduler/paths.ts';
import type { SystemState } from '../scheduler/system.ts';

/** What a client can see of the queue. */
export type VisibleQueue = { queued: readonly string[]; running: readonly string[]; ended: number[] };

export type QueueMove = { type: 'submit' | 'cancel' | 'completes' | 'fails'; job: string };

const world: World = { name: 'HTTP', slots: 1, maxQueue: 2, jobs: ['a', 'b', 'c', 'd'], mostUnderWay: 1 };
const events: Record<QueueMove['type'], 'job.submit' | 'job.cancel' | 'run.completes' | 'run.fails'> = {
  submit: 'job.submit',
  cancel: 'job.cancel',
  completes: 'run.completes',
  fails: 'run.fails',
};

/**
 * The scheduler chart as HTTP shows it: an answer comes when the commit is done, so every move is followed by the commits
 * it needs. Left out is what no route can cause: pausing, stopping one job, a journal that fails, a broken runner;
 * and the shutdown, which ends the server that the paths share (`test/durability` is about that).
 */
export const queueModel: Model<SystemState, QueueMove, VisibleQueue> = {
  initial: schedulerModelOf(world).initial,
  next: (state, { type, job }) => {
    const { next } = schedulerModelOf(world);
    const move: Move = { type: events[type], job };
    let after = next(state, move);
    while (after.writing.length > 0) after = next(after, { type: 'journal.commits' });
    return after;
  },
  visible: ({ scheduler: { context }, log }) => ({
    queued: [...context.queue],
    running: context.running,
    ended: (['completed', 'failed', 'cancelled'] as const).map((end) => log.filter(({ type }) => type === end).length),
  }),
};

/** A shortest path to every state of the queue, with all that is refused there; and each move that leads on from there. */
export function queuePaths(): QueueMove[][] {
  const found = getShortestPaths(
    {
      getInitialSnapshot: () => queueModel.initial,
      getPersistedSnapshot: (state: SystemState) => state,
      transition: (state: SystemState, move: QueueMove) => queueModel.next(state, move),
    },
    {
      fromState: queueModel.initial,
      events: queueMoves,
      serializeState: ({ scheduler: { context } }) => JSON.stringify([[...context.queue], context.running]),
      serializeEvent: (move) => JSON.stringify(move),
    },
  );
  const paths = found.flatMap(({ state, steps }) => {
    const moves = steps.slice(1).map(({ event }) => event);
    const possible = queueMoves(state);
    const others = possible.filter((move) => !isRefused(state, move)).map((move) => [...moves, move]);
    // What is refused leads nowhere: all of it can be tried on one way.
    return [[...moves, ...possible.filter((move) => isRefused(state, move))], ...others];
  });
  return maximal(paths);
}

/** Whether a move changes nothing: the queue is full, or the job does not wait. */
export function isRefused({ scheduler: { context } }: SystemState, { type, job }: QueueMove): boolean {
  return type === 'submit' ? context.queue.size === world.maxQueue : type === 'cancel' && !context.queue.has(job);
}

/** Jobs that are not there are alike: the first of them comes next, also where it will be refused. */
function queueMoves({ scheduler: { context } }: SystemState): QueueMove[] {
  const { queue, running } = context;
  const fresh = world.jobs.find((job) => !queue.has(job) && !running.includes(job));
  const moves: QueueMove[] = fresh === undefined ? [] : [{ type: 'submit', job: fresh }];
  for (const job of world.jobs.slice(0, 3)) moves.push({ type: 'cancel', job });
  for (const job of running) moves.push({ type: 'completes', job }, { type: 'fails', job });
  return moves;
}

/** What a client can see of a run. */
export type VisibleRun = { status: string; failure: string | null; done: number | null };

/** A run as its program makes it: the backend's own work is done at once. */
export type RunMove = 'progress' | 'leave' | 'gone' | 'graceEnds';
const moves: Record<RunMove, RunnerMove> = {
  progress: 'run.progress',
  leave: 'run.exited',
  gone: 'run.gone',
  graceEnds: 'time.passes',
};

const runMoves = Object.keys(moves) as RunMove[];

/**
 * The runner chart as HTTP shows it, with a program that can be told what to do. Left out is what no route and no program
 * can cause: a request to stop (there is no route yet), and a backend that fails.
 */
export const runModel: Model<RunnerState, RunMove, VisibleRun> = {
  initial: byItself(runnerModelOf('new').initial),
  next: (state, move) => byItself(runnerModelOf('new').next(state, moves[move])),
  visible: ({ runner: { context }, facts }) => ({
    status: context.outcome?.status ?? 'running',
    failure: context.outcome?.status === 'failed' ? context.outcome.kind : null,
    done: facts.includes('runner.progress') ? 4 : null,
  }),
};

export function runPaths(): RunMove[][] {
  const found = getShortestPaths(
    {
      getInitialSnapshot: () => runModel.initial,
      getPersistedSnapshot: (state: RunnerState) => state,
      transition: (state: RunnerState, { type }: { type: RunMove }) => runModel.next(state, type),
    },
    {
      fromState: runModel.initial,
      events: ({ runner }) => runMoves.filter((move) => isPossible(runner, move)).map((type) => ({ type })),
      serializeState: (state) => JSON.stringify([state.runner.value, runModel.visible(state)]),
    },
  );
  const paths = found.flatMap(({ state: { runner }, steps }) => {
    const path = steps.slice(1).map(({ event }) => event.type);
    return [path, ...runMoves.filter((move) => isPossible(runner, move)).map((move) => [...path, move])];
  });
  return maximal(paths);
}

/** The backend reports the exit before the end, and shows progress of a program only. */
function isPossible(runner: RunnerState['runner'], move: RunMove): boolean {
  if (move === 'leave' || move === 'progress') return runner.matches({ running: 'working' });
  return runner.matches({ running: 'lingering' }) || runner.matches({ stopping: 'terminating' });
}

/** What follows by itself: folders are made, the program is launched; what is killed is gone; the outcome is judged. */
function byItself(state: RunnerState): RunnerState {
  const { runner } = state;
  const model = runnerModelOf('new');
  if (runner.matches({ stopping: 'killing' })) return byItself(model.next(state, 'run.gone'));
  const isAtWork = runner.matches('preparing') || runner.matches('launching') || runner.matches('collecting');
  return isAtWork ? byItself(model.next(state, 'work.done')) : state;
}
