import type { ExecutableActionObject, SnapshotFrom } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { UnavailableError } from '../../../src/machines/ports/runner.ts';
import { endedPart } from '../../../src/machines/runner/parts.ts';
import { runnerMachine } from '../../../src/machines/runner/runner.ts';
import type { RunnerEvent, RunnerFact, RunnerInput } from '../../../src/machines/runner/runnerContext.ts';
import type { FailedAttempt } from '../../../src/schemas/job/attempt.ts';
import type { EndedPart } from '../../../src/schemas/job/part.ts';
import type { RetryPolicy } from '../../../src/schemas/submission/retry.ts';
import { request } from '../../support/requests/request.ts';
import { completedOutcome, controlledRuns } from '../../support/runs/controlledRuns.ts';
import { oneGpu } from '../../support/runs/localRun.ts';
import type { Model } from '../follow.ts';
import { scopeOf } from '../pureScope.ts';

export type RunnerSnapshot = SnapshotFrom<typeof runnerMachine>;

/**
 * What can happen to a runner. `work` is what its state has invoked; `finds` is of looking for a run, and of taking back one
 * that turns out to have begun; `unavailable` a failure that is no run's own.
 */
export type RunnerMove =
  | 'runner.stop'
  | 'runner.withdraw'
  | 'runner.retry'
  | 'runner.recorded'
  | 'run.placed'
  | 'run.output'
  | 'run.progress'
  | 'run.timedOut'
  | 'run.stalled'
  | 'run.saved'
  | 'run.hung'
  | 'run.exited'
  | 'run.gone'
  | WorkMove
  | 'time.passes';
export type WorkMove = 'work.done' | 'work.finds' | 'work.fails' | 'work.unavailable';

/**
 * Where a runner may begin: with nothing, with a run that is known, with one that is not known, with a known one that
 * waits in an engine for a node, with a known or an unknown one that an earlier server was to stop; with a split job of two tasks, new
 * or where an earlier server left it; and with a job that may be tried again once, likewise.
 */
export const origins = [
  'new',
  'known',
  'unknown',
  'waiting',
  'known and to be stopped',
  'unknown and to be stopped',
  'one a task',
  'the first of two, known',
  'the second of two, unknown',
  'the last of two, ended',
  'one of two attempts',
  'the first attempt, known',
  'between two attempts',
  'the second attempt, unknown',
  'an attempt at a part',
] as const;
export type Origin = (typeof origins)[number];

/** Whether an earlier server was to stop the run. */
export const isToBeStopped = (origin: Origin): boolean => origin.endsWith('to be stopped');

/** What is asked of its run at once. */
export const askedFirst: { readonly [origin in Origin]: readonly string[] } = {
  new: ['prepare'],
  known: [],
  unknown: ['recover'],
  waiting: [],
  'known and to be stopped': ['terminate'],
  'unknown and to be stopped': ['recover'],
  'one a task': ['prepare'],
  'the first of two, known': [],
  'the second of two, unknown': ['recover'],
  'the last of two, ended': [],
  'one of two attempts': ['prepare'],
  'the first attempt, known': [],
  'between two attempts': [],
  'the second attempt, unknown': ['recover'],
  'an attempt at a part': [],
};

/** The tasks of a split job. */
export const tasks = ['t1', 't2'];

/** How many parts of a split job had ended; null: the job is not split. */
export const endedBefore: { readonly [origin in Origin]?: number } = {
  'one a task': 0,
  'the first of two, known': 0,
  'the second of two, unknown': 1,
  'the last of two, ended': 2,
  'an attempt at a part': 1,
};

/** How many attempts had failed at what is under way; null: it is not tried again. */
export const failedBefore: { readonly [origin in Origin]?: number } = {
  'one of two attempts': 0,
  'the first attempt, known': 0,
  'between two attempts': 1,
  'the second attempt, unknown': 1,
  'an attempt at a part': 0,
};

/** How jobs are tried again. */
export const retry: RetryPolicy = { max: 1, on: ['lost', 'launch'] };

/** Attempts that had failed. The next one is to begin now, or was to. */
export const attemptsBefore = (origin: Origin): FailedAttempt[] =>
  Array.from({ length: failedBefore[origin] ?? 0 }, (_, index) => ({
    ...{ number: index + 1, kind: 'lost', error: 'it was lost', log: '/out/j/log', node: 'here', endedAt: 1 },
    next: { at: 1, monotonic: origin === 'between two attempts' ? 5_001 : 1 },
  }));

export const partsBefore = (origin: Origin): EndedPart[] =>
  tasks
    .slice(0, endedBefore[origin] ?? 0)
    .map((task, index) => endedPart({ number: index + 1, task, endedAt: 1, ran: 0 }, completedOutcome, '/out/j/log'));

export const launchedRun = {
  prepared: { output: '/out/j', ownOutput: true, log: '/out/j/log', before: [] },
  handle: { jobId: 'j', node: 'here' },
};
/** A run of which the handle does not tell the node. */
export const waitingRun = { ...launchedRun, handle: { jobId: 'j' } };
export const progress = { phase: 'p', done: 1, total: 2, percent: 50, rate: 1, eta_seconds: 1 };
/** What a run may take, and how long it may be silent: both much longer than the grace period. */
export const timeoutSeconds = 40_000;
export const stallSeconds = 10_000;
/** How long it may be silent once its results are there. */
export const lingerSeconds = 8_000;
const reason = { kind: 'stopped', who: null } as const;
const exit = { kind: 'code', code: 0 } as const;

/** The events that a runner is sent by others. */
export const sentEvents: Record<Exclude<RunnerMove, WorkMove | 'time.passes'>, RunnerEvent> = {
  'runner.stop': { type: 'runner.stop', reason },
  'runner.withdraw': { type: 'runner.withdraw' },
  'runner.retry': { type: 'runner.retry' },
  'runner.recorded': { type: 'runner.recorded' },
  'run.placed': { type: 'run.placed', node: 'there', state: 'RUNNING' },
  'run.output': { type: 'run.output' },
  'run.progress': { type: 'run.progress', progress },
  'run.timedOut': { type: 'run.timedOut' },
  'run.stalled': { type: 'run.stalled' },
  'run.saved': { type: 'run.saved' },
  'run.hung': { type: 'run.hung' },
  'run.exited': { type: 'run.exited', exit },
  'run.gone': { type: 'run.gone' },
};

export type RunnerState = {
  status: 'active';
  output: undefined;
  error: undefined;
  runner: RunnerSnapshot;
  facts: string[];
};

export function inputOf(origin: Origin, runs = controlledRuns().runs): RunnerInput {
  const resume = {
    new: {},
    known: { resume: { run: launchedRun } },
    unknown: { resume: { run: null } },
    waiting: { resume: { run: waitingRun } },
    'known and to be stopped': { resume: { run: launchedRun, stopReason: reason } },
    'unknown and to be stopped': { resume: { run: null, stopReason: reason } },
    'one a task': {},
    'the first of two, known': { resume: { run: launchedRun } },
    'the second of two, unknown': { resume: { run: null } },
    'the last of two, ended': { resume: { run: null } },
    'one of two attempts': {},
    'the first attempt, known': { resume: { run: launchedRun } },
    'between two attempts': { resume: { run: null } },
    'the second attempt, unknown': { resume: { run: null } },
    'an attempt at a part': { resume: { run: { ...launchedRun, part: 2 } } },
  }[origin];
  const isSplit = endedBefore[origin] !== undefined;
  const limits = { timeout: { since: 1, seconds: timeoutSeconds }, stall: stallSeconds, linger: lingerSeconds };
  const job = { jobId: 'j', request: request(isSplit ? { tasks } : {}), folderName: 'p_j', resources: oneGpu };
  const parts = isSplit ? { ended: partsBefore(origin) } : {};
  const tried = failedBefore[origin] === undefined ? {} : { retry, attempts: attemptsBefore(origin) };
  return { runs, grace: 10_000, limits, now: () => 1, monotonic: () => 1, job, ...resume, ...parts, ...tried };
}

export type VisibleRunner = ReturnType<typeof visibleOf>;

/** @param facts what the runner has reported so far. */
export function visibleOf({ value, context }: RunnerSnapshot, facts: readonly string[]) {
  const { origin, prepared, handle, place, isSaved, exit, stopReason, ending, ended, outcome } = context;
  return {
    value,
    mayRun: value === 'unlaunched' && origin === 'unknown',
    known: [
      prepared !== null,
      handle !== null,
      place?.node ?? null,
      isSaved && pathOf(value) === 'running.working',
      exit !== null,
    ],
    stopReason: stopReason?.kind ?? null,
    isWithdrawing: context.isWithdrawing,
    attempts: context.attempts.map(({ number, part = null, kind }) => [number, part, kind]),
    // After it what an earlier server may have launched is looked for.
    isUnknown: (value === 'backingOff' || value === 'recording') && origin === 'unknown',
    parts: ended === null ? null : [ending?.kind ?? null, ...ended.map(({ task, kind }) => `${task} ${kind}`)],
    outcome: outcome && (outcome.status === 'completed' ? outcome.status : outcome.kind),
    facts: [...facts],
  };
}

export const nameOfFact = (fact: RunnerFact): string =>
  fact.type === 'runner.attemptFailed'
    ? `${fact.type} ${fact.attempt.number} ${fact.attempt.kind}`
    : fact.type === 'runner.taskCompleted'
      ? `${fact.type} ${fact.part.number} ${fact.part.kind ?? fact.part.status}`
      : fact.type === 'runner.placed'
        ? `${fact.type} ${fact.node}${fact.isMoved ? ', moved' : ''}`
        : fact.type !== 'runner.settled'
          ? fact.type
          : `${fact.type} ${fact.outcome.status === 'completed' ? fact.outcome.status : fact.outcome.kind}`;

/** The runner chart as pure logic: its actions are read, not executed. */
export function modelOf(origin: Origin): Model<RunnerState, RunnerMove, VisibleRunner> {
  const actions: ExecutableActionObject[] = [];
  const runner = runnerMachine.getInitialSnapshot(scopeOf(actions), inputOf(origin));
  const facts = actions.flatMap(toldBy);
  return {
    initial: { status: 'active', output: undefined, error: undefined, runner, facts },
    next: (state, move) => {
      const [next, facts] = give(state.runner, move);
      return { ...state, runner: next, facts: [...state.facts, ...facts] };
    },
    visible: ({ runner, facts }) => visibleOf(runner, facts),
  };
}

/** The snapshot after a move, and what is reported; the same snapshot when the move is forbidden. */
export function give(snapshot: RunnerSnapshot, move: RunnerMove): [RunnerSnapshot, string[]] {
  const actions: ExecutableActionObject[] = [];
  const next = runnerMachine.transition(snapshot, eventOf(snapshot, move), scopeOf(actions));
  return [next, actions.flatMap(toldBy)];
}

/**
 * All shortest paths from an origin, each with every move that is possible at its end: so every edge of the graph is
 * taken, those that lead back too. And each of these once more, to the end of the run: what a move leaves undone shows there.
 */
export function runnerPaths(origin: Origin): { paths: RunnerMove[][]; states: RunnerState[] } {
  const model = modelOf(origin);
  const found = getShortestPaths(
    {
      getInitialSnapshot: () => model.initial,
      getPersistedSnapshot: (state: RunnerState) => state,
      transition: (state: RunnerState, { type }: { type: RunnerMove }) => model.next(state, type),
    },
    {
      fromState: model.initial,
      events: ({ runner }) => movesIn(runner).map((type) => ({ type })),
      serializeState: ({ runner }) => JSON.stringify(visibleOf(runner, [])),
    },
  );
  const paths = found.flatMap(({ state, steps }) => {
    const moves = steps.slice(1).map(({ event }) => event.type);
    const edges = movesIn(state.runner).map((move) => [...moves, move]);
    return [
      ...edges,
      ...edges.map((edge) => [...edge, ...restOf(model.next(state, edge.at(-1) ?? 'work.done'), model)]),
    ];
  });
  // Where it is over at once there is nothing to take.
  if (paths.length === 0) paths.push([]);
  return {
    paths: [...new Map(paths.map((path) => [path.join(), path])).values()],
    states: found.map(({ state }) => state),
  };
}

/** The shortest way to the end: work is done, the program exits, nothing is left. */
function restOf(state: RunnerState, model: Model<RunnerState, RunnerMove, VisibleRunner>): RunnerMove[] {
  const { runner } = state;
  if (runner.status !== 'active') return [];
  const isWatched = runner.matches('running') || runner.matches('stopping');
  if (runner.matches('backingOff')) return ['time.passes', ...restOf(model.next(state, 'time.passes'), model)];
  if (runner.matches('recording')) return ['runner.recorded', ...restOf(model.next(state, 'runner.recorded'), model)];
  if (runner.matches('unlaunched')) return ['runner.retry', ...restOf(model.next(state, 'runner.retry'), model)];
  const move = !isWatched ? 'work.done' : runner.context.exit === null ? 'run.exited' : 'run.gone';
  return [move, ...restOf(model.next(state, move), model)];
}

/** The outcome that the backend's judge gives a run: of one that was asked to end, that it was, unless it had hung. */
export const judged = (stopReason: RunnerSnapshot['context']['stopReason']) =>
  stopReason === null || stopReason.kind === 'hung'
    ? completedOutcome
    : { status: 'failed' as const, ...stopReason, log: '/out/j/log', tail: [] };

/** Of a split job, and of one that is tried again, these are left out, which are of one run: with two of them there are too many ways. */
const ofOneRun: readonly RunnerMove[] = [
  'run.placed',
  'run.output',
  'run.progress',
  'run.stalled',
  'run.timedOut',
  'run.saved',
  'run.hung',
];

/** What may happen in a state: a program exits once, and is gone only after that. */
function movesIn(snapshot: RunnerSnapshot): RunnerMove[] {
  const moves = allMovesIn(snapshot);
  const isOne = snapshot.context.ended === null && snapshot.context.retry.max === 0;
  return isOne ? moves : moves.filter((move) => !ofOneRun.includes(move));
}

function allMovesIn(snapshot: RunnerSnapshot): RunnerMove[] {
  if (snapshot.status !== 'active') return [];
  const moves: RunnerMove[] = ['runner.stop', 'runner.withdraw'];
  const isWatched = snapshot.matches('running') || snapshot.matches('stopping');
  if (isWatched) moves.push('run.gone');
  if (isWatched && snapshot.context.exit === null) moves.push('run.exited');
  if (snapshot.matches({ running: 'working' })) moves.push('run.placed', 'run.output');
  // While it waits for a node, its limits do not count.
  const { handle, place } = snapshot.context;
  const isPlaced = place !== null || handle?.['node'] !== undefined;
  if (snapshot.matches({ running: 'working' }) && isPlaced) {
    moves.push(
      'run.timedOut',
      ...(snapshot.context.isSaved ? (['run.hung'] as const) : (['run.stalled', 'run.saved'] as const)),
    );
  }
  if (snapshot.matches('running')) moves.push('run.progress');
  else if (snapshot.matches('unlaunched')) moves.push('runner.retry');
  else if (snapshot.matches('backingOff')) moves.push('time.passes');
  else if (snapshot.matches('recording')) moves.push('runner.recorded');
  else moves.push('work.done', 'work.fails');
  const isBeginning = (['recovering', 'preparing', 'launching'] as const).some((state) => snapshot.matches(state));
  if (isBeginning) moves.push('work.unavailable');
  if (snapshot.matches('recovering') || snapshot.matches('withdrawing')) moves.push('work.finds');
  if (snapshot.matches('recalling')) moves.push('time.passes');
  if (snapshot.matches('stopping') || snapshot.matches({ running: 'lingering' })) moves.push('time.passes');
  return moves;
}

/** The events that a state's own work and timers send are the machine's, not among those that others send. */
function eventOf(snapshot: RunnerSnapshot, move: RunnerMove): RunnerEvent {
  if (move in sentEvents) return sentEvents[move as keyof typeof sentEvents];
  const path = pathOf(snapshot.value);
  const event = {
    'work.done': { type: `xstate.done.actor.0.runner.${path}`, output: outputOf(snapshot) },
    'work.finds': {
      type: `xstate.done.actor.0.runner.${path}`,
      output: snapshot.matches('withdrawing') ? false : launchedRun,
    },
    'work.fails': { type: `xstate.error.actor.0.runner.${path}`, error: new Error('broken') },
    'work.unavailable': { type: `xstate.error.actor.0.runner.${path}`, error: new UnavailableError('disk full') },
    'time.passes': { type: `xstate.after.${delayIn(path)}.runner.${path}` },
  }[move as WorkMove | 'time.passes'];
  return event as unknown as RunnerEvent;
}

/** The delay that a state waits for. */
const delayIn = (path: string): string =>
  path === 'backingOff' ? 'untilNextAttempt' : path.endsWith('killing') ? 'again' : 'grace';

function outputOf(snapshot: RunnerSnapshot): unknown {
  if (snapshot.matches('preparing')) return launchedRun.prepared;
  if (snapshot.matches('launching')) return launchedRun.handle;
  if (snapshot.matches('withdrawing')) return true;
  return snapshot.matches('collecting') ? judged(snapshot.context.stopReason) : null;
}

export function pathOf(value: string | object): string {
  return typeof value === 'string'
    ? value
    : Object.entries(value)
        .map(([key, inner]) => `${key}.${pathOf(inner)}`)
        .join();
}

function toldBy({ type, params }: ExecutableActionObject): string[] {
  if (type !== 'xstate.sendTo') return [];
  const { event } = params as { event: RunnerFact };
  return event.type.startsWith('runner.') ? [nameOfFact(event)] : [];
}
