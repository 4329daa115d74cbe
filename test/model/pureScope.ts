import { type AnyActorScope, createActor, createEmptyActor, type ExecutableActionObject, fromCallback } from 'xstate';

const self = createActor(
  fromCallback(() => {}),
  { parent: createEmptyActor() },
);
const nothing = () => {};

/** What a machine needs to be stepped as pure logic: its actions are collected, not executed. */
export function scopeOf(actions: ExecutableActionObject[]): AnyActorScope {
  return {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: nothing,
    defer: nothing,
    stopChild: nothing,
    emit: nothing,
    actionExecutor: (action) => actions.push(action),
  };
}
