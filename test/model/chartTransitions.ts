import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { getStateNodes } from 'xstate/graph';

/** One arrow of a chart: from a state, on an event, by a guard, to a state or back to where it was. */
export type ChartTransition = {
  /** Unique in its chart: source, event, and its place among the transitions of that event. */
  key: string;
  /** Path of the state that has it; empty for the root. */
  source: string;
  /** `event [guard] → target`, in the words of the tables in `allowed.ts`. */
  text: string;
};

/** Every state of a machine, the root first. */
export function statesOf(machine: AnyStateMachine): AnyStateNode[] {
  return [machine.root, ...getStateNodes(machine)];
}

/** Every transition of a machine: `on`, `always`, `after`, and the ends of invoked work. */
export function transitionsOf(machine: AnyStateMachine): ChartTransition[] {
  return statesOf(machine).flatMap((node) => listsOf(node).flat().map(describe));
}

/** What a transition is called that XState tells of, also when its machine is a copy (`provide`). */
export function keyOf(definition: AnyTransitionDefinition): string {
  const { source, eventType } = definition;
  const list = eventType === '' ? (source.always ?? []) : (source.transitions.get(eventType) ?? []);
  return `${source.path.join('.')} ${eventType} ${list.indexOf(definition)}`;
}

/** The allowed transitions as the tables in `allowed.ts` have them: state → its transitions, in order. */
export function tableOf(machine: AnyStateMachine): Record<string, string[]> {
  const rows = statesOf(machine).map((node): [string, string[]] => [
    node.path.join('.') || machine.id,
    listsOf(node).flatMap((list) => list.map((definition) => describe(definition).text)),
  ]);
  return Object.fromEntries(rows);
}

function listsOf(node: AnyStateNode): AnyTransitionDefinition[][] {
  return [node.always ?? [], ...node.transitions.values()];
}

function describe(definition: AnyTransitionDefinition): ChartTransition {
  const { source, target, guard, eventType, reenter } = definition;
  const name = guardName(guard);
  const to = target?.map(({ path }) => path.join('.')).join(' + ') ?? '(stays)';
  const text = `${eventName(eventType)}${name && ` [${name}]`} → ${to}${reenter ? ' (again)' : ''}`;
  return { key: keyOf(definition), source: source.path.join('.'), text };
}

function eventName(eventType: string): string {
  if (eventType === '') return 'always';
  const [, end, index] = /^xstate\.(done|error)\.actor\.(\d+)\./.exec(eventType) ?? [];
  if (end !== undefined) return `invoke ${index} ${end}`;
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(eventType) ?? [];
  return delay === undefined ? eventType : `after ${delay}`;
}

function guardName(guard: unknown): string {
  if (guard === undefined) return '';
  if (typeof guard === 'string') return guard;
  return typeof guard === 'object' && guard !== null && 'type' in guard ? String(guard.type) : 'condition';
}
