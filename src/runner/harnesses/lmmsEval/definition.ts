import type { HarnessDefinition } from '../definition.ts';
import { lmmsEvalOutput } from './output.ts';

export const lmmsEval: HarnessDefinition = {
  name: 'lmms-eval',
  output: lmmsEvalOutput,
  // Loaded when it is bound: what reads the output of runs, in threads, needs none of it.
  create: async (settings) => (await import('./harness.ts')).createLmmsEvalHarness(settings),
};
