import { expect, test } from 'vitest';
import { createEngineWatch } from '../../../../src/runner/backends/shared/engineWatch.ts';
import type { EngineState } from '../../../../src/schemas/engine/engine.ts';

const idle: EngineState = { name: 'slurm', reachable: true, reason: null, queued: 0, running: 1, nodes: [] };

const away = (reason: string): EngineState => ({ ...idle, reachable: false, reason });

/** An engine that answers when a test says so. */
function slowEngine() {
  let answer: (state: EngineState) => void = () => {};
  let asked = 0;
  const describe = () => {
    asked++;
    return new Promise<EngineState>((resolve) => {
      answer = resolve;
    });
  };
  return { describe, answer: (state: EngineState) => answer(state), asked: () => asked };
}

test('an engine that answers is described as it is', async () => {
  expect(await createEngineWatch({ name: 'slurm', describe: async () => idle })()).toEqual(idle);
});

test('an engine that takes long is described as it was; before its first answer as not reachable', async () => {
  const engine = slowEngine();
  const look = createEngineWatch({ name: 'slurm', describe: engine.describe }, { patience: 1 });
  expect(await look()).toMatchObject({ name: 'slurm', reachable: false, reason: 'it has not answered yet' });
  expect(await look()).toMatchObject({ reachable: false });
  expect(engine.asked()).toBe(1);
  engine.answer(idle);
  await Promise.resolve();
  expect(await look()).toEqual(idle);
});

test('calls at the same time share one question to the engine', async () => {
  const engine = slowEngine();
  const look = createEngineWatch({ name: 'slurm', describe: engine.describe }, { patience: 60_000 });
  const answers = Promise.all([look(), look(), look()]);
  engine.answer(idle);
  expect([await answers, engine.asked()]).toEqual([[idle, idle, idle], 1]);
});

test('an engine whose backend breaks is not reachable, with the reason, and no caller gets an error', async () => {
  const look = createEngineWatch({ name: 'slurm', describe: () => Promise.reject(new Error('odd')) });
  expect(await look()).toMatchObject({ reachable: false, reason: 'Error: odd' });
});

test('an engine that cannot be reached, and can again, is logged once', async () => {
  const told: (string | null)[] = [];
  const states = [idle, away('down'), away('down'), away('still down'), idle, idle];
  const describe = async () => states.shift() as EngineState;
  const look = createEngineWatch({ name: 'slurm', describe }, { onReach: (reason) => told.push(reason) });
  while (states.length > 0) await look();
  expect(told).toEqual(['down', null]);
});

test('an engine that cannot be reached from the first is logged too', async () => {
  const told: (string | null)[] = [];
  const describe = async () => away('down');
  await createEngineWatch({ name: 'slurm', describe }, { onReach: (reason) => told.push(reason) })();
  expect(told).toEqual(['down']);
});
