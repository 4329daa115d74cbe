import { vi } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import { mutated, mutationsOf } from './mutations.ts';

/** A set-up file: puts the mutant that `TEST_MUTANT` names in the place of its chart. */
const [chart, index] = (process.env['TEST_MUTANT'] ?? '').split(':');

function inPlaceOf<Module extends object>(name: string, module: Module): Module {
  const key = `${name}Machine`;
  const machine = (module as { [key: string]: AnyStateMachine })[key];
  if (name !== chart || machine === undefined) return module;
  const mutation = mutationsOf(machine)[Number(index)];
  if (mutation === undefined) throw new Error(`the chart ${chart} has no mutation ${index}`);
  return { ...module, [key]: createMachine(mutated(machine, mutation)).provide(machine.implementations as never) };
}

vi.mock('../../../src/machines/job/job.ts', async (original) => inPlaceOf('job', await original<object>()));
vi.mock('../../../src/machines/runner/runner.ts', async (original) => inPlaceOf('runner', await original<object>()));
vi.mock('../../../src/machines/runTracker/runTracker.ts', async (original) =>
  inPlaceOf('runTracker', await original<object>()),
);
vi.mock('../../../src/machines/scheduler/scheduler.ts', async (original) =>
  inPlaceOf('scheduler', await original<object>()),
);
vi.mock('../../../src/machines/delivery/delivery.ts', async (original) =>
  inPlaceOf('delivery', await original<object>()),
);
