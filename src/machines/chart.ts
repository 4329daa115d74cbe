import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** What a chart answers to an event in one state: an arrow to another state, or something done where it is. */
export type ChartTransition = {
  /** Names it in its chart, and stays the same while it means the same: `queued--job.start--running`. */
  id: string;
  /** Path of the state that has it. */
  from: string;
  /** Path of the state it leads to; null when it stays. */
  to: string | null;
  /** In a reader's words: timers by their delay, the ends of invoked work by the work. */
  event: string;
  guard: string | null;
  actions: readonly string[];
};

export type ChartState = {
  /** Keys from the root, joined by dots; the chart's own name for the root. */
  path: string;
  name: string;
  kind: 'atomic' | 'compound' | 'parallel' | 'final';
  description: string | null;
  /** Path of the state it begins in; null for one without states, or with all of them at once. */
  initial: string | null;
  /** Actions done on the way in and out, and work that goes on meanwhile. */
  entry: readonly string[];
  exit: readonly string[];
  invokes: readonly string[];
  transitions: readonly ChartTransition[];
  states: readonly ChartState[];
};

/** A machine as what can be drawn and named of it, read from the machine itself. */
export function readChart(machine: AnyStateMachine): ChartState {
  return readState(machine.root);
}

/** A state and all below it, outermost first. */
export function statesOf(state: ChartState): ChartState[] {
  return [state, ...state.states.flatMap(statesOf)];
}

/** The path of a state in its chart. */
export function pathOf(node: AnyStateNode): string {
  return node.path.length === 0 ? node.machine.id : node.path.join('.');
}

/** What one of a machine's transitions is called: the same as in {@link readChart}. */
export function transitionId(definition: AnyTransitionDefinition): string {
  const { source, target, guard } = definition;
  const from = pathOf(source);
  const to = target?.[0] === undefined ? from : pathOf(target[0]);
  const name = guardName(guard);
  return [from, eventId(definition), to, ...(name === null ? [] : [name])].join('--');
}

function readState(node: AnyStateNode): ChartState {
  const [initial] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  const states: AnyStateNode[] = Object.values(node.states);
  return {
    path: pathOf(node),
    name: node.key,
    kind: node.type === 'final' || node.type === 'compound' || node.type === 'parallel' ? node.type : 'atomic',
    description: node.description ?? null,
    initial: initial === undefined ? null : pathOf(initial),
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    invokes: node.invoke.map(({ src }) => (typeof src === 'string' ? src : 'work')),
    transitions: [...node.transitions.values(), node.always ?? []].flat().map(readTransition),
    states: states.map(readState),
  };
}

function readTransition(definition: AnyTransitionDefinition): ChartTransition {
  const { source, target, guard, actions } = definition;
  return {
    id: transitionId(definition),
    from: pathOf(source),
    to: target?.[0] === undefined ? null : pathOf(target[0]),
    event: eventText(definition),
    guard: guardName(guard),
    actions: actionNames(actions),
  };
}

type EventName =
  | { kind: 'event' | 'after'; name: string }
  | { kind: 'done' | 'error'; name: string }
  | { kind: 'always' };

function eventName({ eventType, source }: AnyTransitionDefinition): EventName {
  if (eventType === '') return { kind: 'always' };
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(eventType) ?? [];
  if (delay !== undefined) return { kind: 'after', name: delay };
  const [, end, id] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(eventType) ?? [];
  if (end === undefined || id === undefined) return { kind: 'event', name: eventType };
  const work = (source as AnyStateNode).invoke.find((invoked) => invoked.id === id)?.src;
  return { kind: end === 'done' ? 'done' : 'error', name: typeof work === 'string' ? work : id };
}

/** As part of an id: letters, digits, dots and dashes. */
function eventId(definition: AnyTransitionDefinition): string {
  const event = eventName(definition);
  if (event.kind === 'always') return 'always';
  const name = event.name.replaceAll('*', 'any');
  return event.kind === 'event' ? name : `${event.kind}.${name}`;
}

function eventText(definition: AnyTransitionDefinition): string {
  const event = eventName(definition);
  switch (event.kind) {
    case 'always':
      return 'at once';
    case 'event':
      return event.name;
    case 'after':
      return `after ${delayText(event.name, definition.source.machine)}`;
    case 'done':
    case 'error':
      return `${event.name === '*' ? 'any actor' : event.name} ${event.kind === 'done' ? 'done' : 'failed'}`;
  }
}

/** A delay by its name, and by its length where that is known beforehand. */
function delayText(name: string, machine: AnyStateMachine): string {
  const delay: unknown = machine.implementations.delays[name];
  if (/^\d+$/.test(name)) return seconds(Number(name));
  return typeof delay === 'number' ? `${name} (${seconds(delay)})` : name;
}

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;

function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && 'type' in guard) return String(guard.type);
  return 'condition';
}

function actionNames(actions: readonly unknown[]): string[] {
  return actions.map(actionName).filter((name) => !timers.has(name));
}

/** What XState adds to a state with `after`, to set and clear the timer. */
const timers = new Set(['xstate.raise', 'xstate.cancel']);

function actionName(action: unknown): string {
  if (typeof action === 'string') return action;
  const isNamed = (typeof action === 'object' || typeof action === 'function') && action !== null && 'type' in action;
  return isNamed ? String(action.type) : 'something';
}
