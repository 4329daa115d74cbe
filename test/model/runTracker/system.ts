import type { ExecutableActionObject, SnapshotFrom } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { RunReport } from '../../../src/machines/ports/runner.ts';
import { runTrackerMachine } from '../../../src/machines/runTracker/runTracker.ts';
import type { TrackerEvent, TrackerInput, TrackerPort } from '../../../src/machines/runTracker/runTrackerRules.ts';
import type { Model } from '../follow.ts';
import { scopeOf } from '../pureScope.ts';
import { answers, looks, requests, rules, type TrackerMove, type Work } from './looks.ts';

export type TrackerSnapshot = SnapshotFrom<typeof runTrackerMachine>;

/** Where a tracker may begin: with a run to be watched, of which a claim can be seen or not, or with one that was taken back. */
export const origins = ['watched', 'apart', 'recalled'] as const;
/** `delayed`: with one that its engine has not taken yet. */
export type Origin = (typeof origins)[number] | 'delayed';

export type TrackerState = {
  status: 'active';
  output: undefined;
  error: undefined;
  tracker: TrackerSnapshot;
  log: readonly string[];
};

export const inputOf = (origin: Origin, port: TrackerPort): TrackerInput => ({
  rules: { ...rules, isApart: origin === 'apart' },
  port,
  begins: origin === 'recalled' ? 'recalled' : 'watched',
  isStopRequested: false,
  delay: origin === 'delayed' ? 'sbatch hangs' : undefined,
});

/** What is to be seen of a tracker. */
export const visibleOf = ({ value, context }: TrackerSnapshot, log: readonly string[]) => ({
  value,
  known: [context.node, context.recorded !== null, context.isReported, context.isLeftOver, context.delay],
  log: [...log],
});

export type VisibleTracker = ReturnType<typeof visibleOf>;

/** A report in a line. */
export function lineOf(report: RunReport): string {
  if (report.type === 'run.placed') return `${report.state} on ${report.node || 'no node'}`;
  return report.type === 'run.gone' ? 'gone' : `ended: ${Object.values(report.exit).join(' ')}`;
}

/** The tracker's chart as pure logic: its actions are read, not executed, but for what it asks of its port at once. */
export function modelOf(origin: Origin): Model<TrackerState, TrackerMove, VisibleTracker> {
  const actions: ExecutableActionObject[] = [];
  const tracker = runTrackerMachine.getInitialSnapshot(scopeOf(actions), inputOf(origin, idlePort));
  const log = actions.flatMap(linesOf);
  return {
    initial: { status: 'active', output: undefined, error: undefined, tracker, log },
    next: (state, move) => {
      const [next, lines] = give(state.tracker, move);
      return { ...state, tracker: next, log: [...state.log, ...lines] };
    },
    visible: ({ tracker, log }) => visibleOf(tracker, log),
  };
}

/** The snapshot after a move, and what it reports and asks for; the same snapshot when the move is forbidden. */
export function give(snapshot: TrackerSnapshot, move: TrackerMove): [TrackerSnapshot, string[]] {
  const actions: ExecutableActionObject[] = [];
  const next = runTrackerMachine.transition(snapshot, eventOf(snapshot, move), scopeOf(actions));
  return [next, actions.flatMap(linesOf)];
}

/**
 * All shortest paths from an origin, each with every move that is possible at its end: so every edge of the graph is
 * taken, those that lead back too.
 */
export function trackerPaths(origin: Origin): { paths: TrackerMove[][]; states: TrackerState[] } {
  const model = modelOf(origin);
  const found = getShortestPaths(
    {
      getInitialSnapshot: () => model.initial,
      getPersistedSnapshot: (state: TrackerState) => state,
      transition: (state: TrackerState, { type }: { type: TrackerMove }) => model.next(state, type),
    },
    {
      fromState: model.initial,
      events: ({ tracker }) => movesIn(tracker).map((type) => ({ type })),
      serializeState: ({ tracker }) => JSON.stringify(boundedOf(tracker)),
      limit: 100_000,
    },
  );
  const paths = found.flatMap(({ state, steps }) => {
    const moves = steps.slice(1).map(({ event }) => event.type);
    return movesIn(state.tracker).map((move) => [...moves, move]);
  });
  return {
    paths: [...new Map(paths.map((path) => [path.join(), path])).values()],
    states: found.map(({ state }) => state),
  };
}

/** What decides what a tracker does next, where it is: counts beyond their limits are alike. */
function boundedOf(snapshot: TrackerSnapshot) {
  const { value, context } = snapshot;
  const { missing, unanswered, looks, resubmissions, recorded, isGone, isStopRequested, isLeftOver, rules } = context;
  const isWatching = snapshot.matches('watching');
  return [
    value,
    ...(snapshot.matches('closing') ? [isLeftOver, recorded] : [Math.min(missing, rules.missing)]),
    ...(isWatching ? [Math.min(resubmissions, rules.resubmissions)] : []),
    ...(isWatching && rules.isApart ? [context.placement !== null] : []),
    ...(snapshot.matches('ended') || snapshot.matches({ watching: 'placed' }) ? [isStopRequested] : []),
    ...(snapshot.matches('clearing') ? [] : [Math.min(unanswered, rules.alone)]),
    ...(snapshot.matches('ended') ? [Math.min(looks, rules.explaining.gone), recorded, isGone] : []),
  ];
}

/** Looks that show an end that is recorded, or nothing of it. */
const WRITTEN = /failed|succeeded|^no answer$|^it runs$/;
/** Looks that say no more than others until an end is recorded. */
const ALIKE = /failed, nothing left|failed, another is left/;

/** What may happen in a state. */
export function movesIn(snapshot: TrackerSnapshot): TrackerMove[] {
  if (snapshot.status !== 'active') return [];
  const all = Object.keys(looks) as (keyof typeof looks)[];
  const isEnded = snapshot.matches('ended');
  // What is written stays written, and so does the claim.
  const possible = all.filter((name) => (isEnded ? WRITTEN.test(name) : !ALIKE.test(name)));
  const work = workOf(snapshot);
  if (work === 'close') return ['work.done', 'work.fails', 'unwatch', 'it waits'];
  return [
    ...possible,
    ...(Object.keys(requests) as (keyof typeof requests)[]),
    ...(work === null ? [] : (['work.done', 'work.second', 'work.third', 'work.fails'] as const)),
    ...(isEnded ? (['time passes'] as const) : []),
  ];
}

/** The work that a state has invoked; null: none. */
export function workOf(snapshot: TrackerSnapshot): keyof typeof answers | null {
  if (snapshot.matches('closing')) return 'close';
  if (snapshot.matches({ watching: 'inquiring' })) return 'inquire';
  return snapshot.matches({ watching: { submitting: 'asking' } }) ? 'submit' : null;
}

export const ways: readonly Work[] = ['work.done', 'work.second', 'work.third'];

function eventOf(snapshot: TrackerSnapshot, move: TrackerMove): TrackerEvent {
  if (move in looks) return looks[move as keyof typeof looks];
  if (move in requests) return requests[move as keyof typeof requests];
  if (move === 'time passes') return { type: 'patience.ended' };
  const work = workOf(snapshot) ?? 'close';
  const path = { close: 'closing', inquire: 'watching.inquiring', submit: 'watching.submitting.asking' }[work];
  const event =
    move === 'work.fails'
      ? { type: `xstate.error.actor.0.runTracker.${path}`, error: new Error('broken') }
      : { type: `xstate.done.actor.0.runTracker.${path}`, output: answers[work][ways.indexOf(move as Work)] };
  return event as unknown as TrackerEvent;
}

const idlePort: TrackerPort = {
  submit: () => new Promise(() => {}),
  inquire: () => new Promise(() => {}),
  cancel: () => {},
  close: () => new Promise(() => {}),
};

/** What an action reports, or asks of the port. */
function linesOf({ type, params, info }: ExecutableActionObject): string[] {
  if (type === 'xstate.emit') return [lineOf((params as { event: RunReport }).event)];
  if (type === 'xstate.spawnChild') return [(params as { src: string }).src];
  if (type !== 'cancelLeft') return [];
  const { isLeftOver, engine } = info.context as TrackerSnapshot['context'];
  return isLeftOver && engine?.kind !== 'missing' ? ['cancel'] : [];
}
