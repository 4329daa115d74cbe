import type { RunJob } from '../../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../../src/runner/executor.ts';
import type { Harness } from '../../../src/runner/harnesses/contract.ts';
import { createLmmsEvalHarness } from '../../../src/runner/harnesses/lmmsEval/harness.ts';
import { outcomeText } from '../../../src/schemas/job/outcomeText.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { runToEnd } from '../jobs/runToEnd.ts';
import { request } from '../requests/request.ts';
import { fixture, oneGpu, temporaryFolder } from '../runs/localRun.ts';

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
  const runs = createRunExecutor({ harness, backend: createLocalBackend(), dataDir, now });
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
