import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/**
 * A machine as a Mermaid `stateDiagram-v2`: nested and parallel states, final states, events with their guards and
 * delays. Read from the machine itself, so that the drawing says what the code does.
 */
export function toMermaid(machine: AnyStateMachine): string {
  return ['stateDiagram-v2', ...inside(machine.root, 1)].join('\n');
}

function inside(node: AnyStateNode, depth: number): string[] {
  const children = Object.values(node.states);
  const lines = node.type === 'parallel' ? regions(children, depth) : states(node, children, depth);
  return [...lines, ...children.flatMap((child) => arrows(child, depth))];
}

function states(node: AnyStateNode, children: AnyStateNode[], depth: number): string[] {
  const pad = '  '.repeat(depth);
  const [initial] = node.initial.target ?? [];
  return [...(initial ? [`${pad}[*] --> ${idOf(initial)}`] : []), ...children.flatMap((child) => state(child, depth))];
}

function regions(children: AnyStateNode[], depth: number): string[] {
  return children.flatMap((child) => state(child, depth));
}

function state(node: AnyStateNode, depth: number): string[] {
  const pad = '  '.repeat(depth);
  const name = `${pad}state "${node.key}" as ${idOf(node)}`;
  return Object.keys(node.states).length === 0 ? [name] : [`${name} {`, ...inside(node, depth + 1), `${pad}}`];
}

function arrows(node: AnyStateNode, depth: number): string[] {
  const pad = '  '.repeat(depth);
  const transitions = [...node.transitions.values(), node.always ?? []].flat();
  const lines = transitions.flatMap((transition) =>
    (transition.target ?? []).map((target) => `${pad}${idOf(node)} --> ${idOf(target)}: ${label(transition)}`),
  );
  return node.type === 'final' ? [...lines, `${pad}${idOf(node)} --> [*]`] : lines;
}

/** Mermaid takes letters, digits and `_` in a name. */
const idOf = (node: AnyStateNode): string => node.path.join('_');

function label({ eventType, guard }: AnyTransitionDefinition): string {
  return `${eventName(eventType)}${guard ? ` [${guardName(guard)}]` : ''}`;
}

/** What a reader calls the event: timers by their delay, the ends of invoked work by the work. */
function eventName(type: string): string {
  if (type === '') return 'at once';
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? [];
  if (delay !== undefined) return `after ${delay}`;
  const [, end, work] = /^xstate\.(done|error)\.actor\.(?:\d+\.)?(.+)$/.exec(type) ?? [];
  return end === undefined ? type : `${work?.split('.').at(-1)} ${end === 'done' ? 'done' : 'failed'}`;
}

function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type);
  return 'condition';
}
