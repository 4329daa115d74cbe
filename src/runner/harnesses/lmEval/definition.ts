import type { HarnessDefinition } from '../definition.ts';
import { lmEvalOutput } from './output.ts';

export const lmEval: HarnessDefinition = {
  name: 'lm-eval',
  output: lmEvalOutput,
  // Loaded when it is bound: what reads the output of runs, in threads, needs none of it.
  create: async (settings) => (await import('./harness.ts')).createLmEvalHarness(settings),
};
