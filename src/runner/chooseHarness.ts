import type { Harness } from './contract.ts';
import { createDemoHarness } from './demo/harness.ts';
import { canImport } from './lmmsEval/catalog.ts';
import { createLmmsEvalHarness } from './lmmsEval/harness.ts';

export type HarnessSettings = {
  /** Path or name of the Python that has lmms-eval. */
  python: string;
  /** Words appended to every run's command. */
  extraArgs: string[];
};

/** The harness of a name; `auto` is lmms-eval if the Python can import it, else the demo. */
export async function chooseHarness(name: 'auto' | 'lmms-eval' | 'demo', settings: HarnessSettings): Promise<Harness> {
  const real = name === 'lmms-eval' || (name === 'auto' && (await canImport(settings.python)));
  return real ? createLmmsEvalHarness(settings) : createDemoHarness(settings);
}
