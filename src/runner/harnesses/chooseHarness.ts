import type { WarmPythons } from '../backends/backend.ts';
import { passedEnvironment } from '../environment.ts';
import type { RunReader } from '../results/reader/runReader.ts';
import { createDemoHarness } from './demo/harness.ts';
import type { Harness } from './harness.ts';
import type { AnswerLimits } from './lmmsEval/answers.ts';
import { canImport, whyNotLmmsEval } from './lmmsEval/catalog.ts';
import { createLmmsEvalHarness } from './lmmsEval/harness.ts';

export type HarnessSettings = {
  /** Path or name of the Python that has lmms-eval. */
  python: string;
  /** Words appended to every run's command. */
  extraArgs: string[];
  /** What they get of the server's environment; what they need of it unless said. */
  environment?: Record<string, string>;
  /** How large a part of a task's answers may be none. */
  answerLimits?: AnswerLimits;
  /** What reads the output of their runs; in this thread unless said. */
  reader?: RunReader;
  /** Asks a Python that has imported what a harness would import; without it there is none. */
  ask?: WarmPythons['ask'];
};

/** The harness of a name; `auto` is lmms-eval if the Python can import it, else the demo. */
export async function chooseHarness(name: 'auto' | 'lmms-eval' | 'demo', settings: HarnessSettings): Promise<Harness> {
  const { python, environment: env = passedEnvironment(process.env, []) } = settings;
  const real = name === 'lmms-eval' || (name === 'auto' && (await canImport({ python, env })));
  return real ? createLmmsEvalHarness(settings) : createDemoHarness(settings);
}

/**
 * What the operator should know of a harness that was asked for by name and cannot run now; null when there is nothing to
 * say. It may come later, say with a mount, so it is no reason not to start. Nothing is started while the Python is not there
 * or says what it lacks (`Harness.probe`); one that fails otherwise may do better by a run. Never throws; takes well under a second, up to
 * half a minute with a Python that hangs.
 */
export async function checkHarness(
  name: 'auto' | 'lmms-eval' | 'demo',
  { python, environment: env = passedEnvironment(process.env, []) }: Pick<HarnessSettings, 'python' | 'environment'>,
): Promise<string | null> {
  const reason = name === 'lmms-eval' ? await whyNotLmmsEval({ python, env }) : null;
  return reason && `lmms-eval cannot run with --python ${python}, and jobs wait or fail until it can: ${reason}`;
}
