import type { HarnessDefinition } from '../definition.ts';
import { lmmsEvalOutput } from '../lmmsEval/output.ts';

export const demo: HarnessDefinition = {
  name: 'demo',
  output: lmmsEvalOutput,
  // Loaded when it is bound: what reads the output of runs, in threads, needs none of it.
  create: async (settings) => (await import('./harness.ts')).createDemoHarness(settings),
};
