import type { ExecutableActionObject, SnapshotFrom } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { deliveryMachine } from '../../../src/machines/delivery/delivery.ts';
import {
  type DeliveryEvent,
  type DeliveryInput,
  type DeliveryPort,
  type DeliveryVerdict,
  JOURNAL_PAUSE,
  type PostAnswer,
  TIME_LIMIT,
} from '../../../src/machines/delivery/deliverySetup.ts';
import { MAX_ATTEMPTS } from '../../../src/machines/delivery/deliveryWaits.ts';
import { type Model, maximal } from '../follow.ts';
import { scopeOf } from '../pureScope.ts';

export type DeliverySnapshot = SnapshotFrom<typeof deliveryMachine>;

/** What can be answered to a post. */
export const answers = {
  'post.accepted': { type: 'answered', status: 204 },
  'post.gone': { type: 'answered', status: 410 },
  'post.forgotten': { type: 'forgotten' },
  'post.redirected': { type: 'answered', status: 302 },
  'post.refused': { type: 'answered', status: 500 },
} as const satisfies Record<string, PostAnswer>;

/** What can happen to a delivery. `timer.early`: its timer ends while the journal's time is three milliseconds behind. */
export type DeliveryMove =
  | 'delivery.post'
  | keyof typeof answers
  | 'post.fails'
  | 'record.done'
  | 'record.fails'
  | 'time.passes'
  | 'timer.early';

/** Where a delivery may begin: with a job that has just ended, or made anew from its row, with one attempt before the last. */
export const origins = ['new', 'postponed'] as const;
export type Origin = (typeof origins)[number];

/** Milliseconds by which a timer is early. */
export const EARLY = 3;

export function inputOf(origin: Origin, port: DeliveryPort): DeliveryInput {
  const row = { number: 7, jobId: 'j', port };
  return origin === 'new' ? { ...row, attempts: 0, dueAt: 0 } : { ...row, attempts: MAX_ATTEMPTS - 2, dueAt: 60_000 };
}

export type DeliveryState = {
  status: 'active';
  output: undefined;
  error: undefined;
  delivery: DeliverySnapshot;
  /** Milliseconds of the journal's own time. */
  now: number;
  verdicts: DeliveryVerdict[];
};

/** @param verdicts what it has reported so far. */
export function visibleOf({ value, context }: DeliverySnapshot, now: number, verdicts: readonly DeliveryVerdict[]) {
  const { attempts, dueAt } = context;
  const path = pathOf(value);
  return { value: path, attempts, wait: path === 'waiting.scheduled' ? dueAt - now : null, verdicts: [...verdicts] };
}

export type VisibleDelivery = ReturnType<typeof visibleOf>;

/** The delivery chart as pure logic: its actions are read, not executed. */
export function modelOf(origin: Origin): Model<DeliveryState, DeliveryMove, VisibleDelivery> {
  const time = { now: 0 };
  const idle = Promise.withResolvers<never>().promise;
  const port: DeliveryPort = { post: () => idle, record: () => idle, monotonic: () => time.now, random: () => 0.5 };
  const delivery = deliveryMachine.getInitialSnapshot(scopeOf([]), inputOf(origin, port));
  return {
    initial: { status: 'active', output: undefined, error: undefined, delivery, now: 0, verdicts: [] },
    next: (state, move) => {
      time.now = state.now + passing(move, state.delivery, state.now);
      const actions: ExecutableActionObject[] = [];
      const next = deliveryMachine.transition(state.delivery, eventOf(state.delivery, move), scopeOf(actions));
      return { ...state, delivery: next, now: time.now, verdicts: [...state.verdicts, ...actions.flatMap(reportedBy)] };
    },
    visible: ({ delivery, now, verdicts }) => visibleOf(delivery, now, verdicts),
  };
}

/** Milliseconds that a move takes of the journal's own time. */
export function passing(move: DeliveryMove, { value, context }: DeliverySnapshot, now: number): number {
  if (move === 'timer.early') return context.dueAt - now - EARLY;
  if (move !== 'time.passes') return 0;
  if (value === 'posting') return TIME_LIMIT;
  return pathOf(value) === 'recording.pausing' ? JOURNAL_PAUSE : context.dueAt - now;
}

/** Every edge of the graph from an origin, on paths of which none is the beginning of another; the states, and the model that they are of. */
export function deliveryPaths(origin: Origin) {
  const model = modelOf(origin);
  const found = getShortestPaths(
    {
      getInitialSnapshot: () => model.initial,
      getPersistedSnapshot: (state: DeliveryState) => state,
      transition: (state: DeliveryState, { type }: { type: DeliveryMove }) => model.next(state, type),
    },
    {
      fromState: model.initial,
      events: ({ delivery }) => movesIn(delivery).map((type) => ({ type })),
      // Beyond what the chart has: one that never gives up is noticed.
      limit: 2_000,
      // Why an attempt has failed changes nothing of what follows.
      serializeState: ({ delivery, now }) =>
        JSON.stringify([visibleOf(delivery, now, []), delivery.matches('recording') && delivery.context.verdict?.type]),
    },
  );
  const edges = found.flatMap(({ state, steps }) => {
    const moves = steps.slice(1).map(({ event }) => event.type);
    return movesIn(state.delivery).map((move) => [...moves, move]);
  });
  return { paths: maximal(edges), states: found.map(({ state }) => state), model };
}

/** What may happen in a state. */
export function movesIn({ value }: DeliverySnapshot): DeliveryMove[] {
  const moves: Record<string, DeliveryMove[]> = {
    'waiting.scheduled': ['time.passes', 'timer.early'],
    'waiting.due': ['delivery.post'],
    posting: [...(Object.keys(answers) as (keyof typeof answers)[]), 'post.fails', 'time.passes'],
    'recording.writing': ['record.done', 'record.fails'],
    'recording.pausing': ['time.passes'],
  };
  return moves[pathOf(value)] ?? [];
}

/** The events that a state's own work and timers send are the machine's, not among those that others send. */
export function eventOf({ value }: DeliverySnapshot, move: DeliveryMove): DeliveryEvent {
  if (move === 'delivery.post') return { type: move };
  const path = pathOf(value);
  const delay = { posting: 'timeLimit', 'recording.pausing': 'journalPause' }[path] ?? 'untilDue';
  const event =
    move === 'time.passes' || move === 'timer.early'
      ? { type: `xstate.after.${delay}.delivery.${path}` }
      : move === 'post.fails'
        ? { type: 'xstate.error.actor.0.delivery.posting', error: new Error('broken') }
        : move === 'record.done'
          ? { type: 'xstate.done.actor.0.delivery.recording.writing' }
          : move === 'record.fails'
            ? { type: 'xstate.error.actor.0.delivery.recording.writing', error: new Error('disk full') }
            : { type: 'xstate.done.actor.0.delivery.posting', output: answers[move] };
  return event as unknown as DeliveryEvent;
}

export function pathOf(value: DeliverySnapshot['value']): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => `${key}.${inner}`)
    .join();
}

function reportedBy({ type, params }: ExecutableActionObject): DeliveryVerdict[] {
  return type === 'xstate.emit' ? [(params as { event: { verdict: DeliveryVerdict } }).event.verdict] : [];
}
