import type { HarnessDefinition } from '../definition.ts';
import { inspectOutput } from './output.ts';

export const inspect: HarnessDefinition = {
  name: 'inspect',
  output: inspectOutput,
  // Loaded when it is bound: what reads the output of runs, in threads, needs none of it.
  create: async (settings) => (await import('./harness.ts')).createInspectHarness(settings),
};
