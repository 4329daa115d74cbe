import type { Harness, RunJob } from '../../src/runner/contract.ts';
import { createLmmsEvalHarness } from '../../src/runner/lmmsEval/harness.ts';
import { createLocalBackend } from '../../src/runner/local/backend.ts';
import { createRuns } from '../../src/runner/runs.ts';
import type { EvaluateRequest } from '../../src/schemas/evaluateRequest.ts';
import { outcomeText } from '../../src/schemas/outcomeText.ts';
import { fixture, oneGpu, temporaryFolder } from './localRun.ts';
import { request } from './request.ts';
import { runToEnd } from './runToEnd.ts';

/** The time of all of these runs. */
export const now = () => new Date(2026, 10, 24, 2, 6, 4).getTime();
/** A harness whose program does what the model of a request says. */
export const fake = createLmmsEvalHarness({ python: fixture('fake-lmms-eval.mjs'), extraArgs: [] });

/** The fake's way of reading output, another program's way of ending. */
export function running(program: string, ...args: string[]): Harness {
  return { ...fake, command: async () => [program, ...args] };
}

/** Runs of one job in a folder of their own. */
export async function setUp(fields: Partial<EvaluateRequest>, harness: Harness = fake) {
  const dataDir = await temporaryFolder();
  const runs = createRuns({ harness, backend: createLocalBackend(), dataDir, now });
  const job: RunJob = { jobId: 'job-1', folderName: 'lmms_eval_job-1', request: request(fields), resources: oneGpu };
  return { dataDir, runs, job };
}

/** The same, run to its end. */
export async function evaluate(fields: Partial<EvaluateRequest>, harness?: Harness) {
  const { runs, job, dataDir } = await setUp(fields, harness);
  return { ...(await runToEnd(runs, job)), dataDir, runs, job };
}

/** The same of a run that fails, and what clients read of it. @throws when it does not fail. */
export async function failureOf(fields: Partial<EvaluateRequest>, harness?: Harness) {
  const { outcome, prepared } = await evaluate(fields, harness);
  if (outcome.status !== 'failed') throw new Error(`it is ${outcome.status}`);
  return { outcome, prepared, text: outcomeText(outcome) };
}
