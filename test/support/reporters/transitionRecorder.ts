import { afterAll, beforeEach, type TaskMeta } from 'vitest';
import { type AnyTransitionDefinition, type InspectionEvent, StateMachine } from 'xstate';
import { keyOf } from '../../model/chartTransitions.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Chart → key of a transition → how often it was taken while this file's tests ran. */
    transitions?: Record<string, Record<string, number>>;
  }
}

const taken: Record<string, Record<string, number>> = {};

/**
 * A set-up file: in each worker it has every actor system inspected, whoever makes it, and hands the transitions that were
 * taken to the reporter with the file's results. Paths that are only computed have no actor and do not count.
 */
function record(event: InspectionEvent): void {
  if (event.type !== '@xstate.microstep' || !('logic' in event.actorRef)) return;
  const { logic } = event.actorRef;
  if (logic instanceof StateMachine) count(logic.id, event._transitions);
}

function count(id: string, definitions: readonly AnyTransitionDefinition[]): void {
  taken[id] ??= {};
  const chart = taken[id];
  for (const definition of definitions) {
    const key = keyOf(definition);
    chart[key] = (chart[key] ?? 0) + 1;
  }
}

const inspected = new WeakSet<object>();

/** The start of every machine's actor goes through one of these, with the actor's system at hand. */
const { prototype } = StateMachine;
const { getInitialSnapshot, restoreSnapshot, transition } = prototype;
prototype.getInitialSnapshot = function (scope, input) {
  inspect(scope.system);
  return getInitialSnapshot.call(this, scope, input);
};
prototype.restoreSnapshot = function (snapshot, scope) {
  inspect(scope.system);
  return restoreSnapshot.call(this, snapshot, scope);
};
/** A transition whose action throws ends its actor before anybody is told of it. It was taken all the same. */
prototype.transition = function (snapshot, event, scope) {
  try {
    return transition.call(this, snapshot, event, scope);
  } catch (error) {
    count(this.id, this.getTransitionData(snapshot, event));
    throw error;
  }
};

function inspect(system: { inspect: (observer: (event: InspectionEvent) => void) => unknown }): void {
  if (inspected.has(system)) return;
  inspected.add(system);
  system.inspect(record);
}

let meta: TaskMeta | undefined;
beforeEach(({ task }) => {
  meta = task.file.meta;
});
afterAll(() => {
  if (meta !== undefined) meta.transitions = taken;
});
