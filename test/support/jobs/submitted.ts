import { createAdmission } from '../../../src/runner/checks/admission.ts';
import { createNameCheck } from '../../../src/runner/checks/names.ts';
import { lmmsEvalArguments } from '../../../src/runner/harnesses/lmmsEval/command.ts';
import { compareReading } from '../../../src/runner/harnesses/lmmsEval/compareRun.ts';
import type { ReadRun } from '../../../src/runner/harnesses/lmmsEval/reading.ts';
import { EvaldError } from '../../../src/schemas/errors/errors.ts';
import { maskedNames, revealRequest, splitSecrets } from '../../../src/schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';

const admission = createAdmission({
  folders: { roots: null, dataDir: '/data' },
  models: ['mm*', '*b', '*'],
  tasks: ['mm*', '*_val', '*'],
});
/** As many as lmms-eval has. */
const known = Array.from({ length: 3_000 }, (_, index) => `mmmu_${index.toString(36)}_${'aaaa'.repeat(index % 9)}_val`);
const names = createNameCheck({
  rule: 'refuse',
  harness: { name: 'lmms-eval', allModels: async () => ['vllm', 'm'], tasksChangedAt: async () => 1 },
  catalog: {
    tasks: async () => known,
    knownTasks: () => ({ names: known, changedAt: 1 }),
    readTasks: async () => known,
  },
});
const log = Buffer.from('a line of the log, and no credential: '.repeat(200));

/** All that is done with a request between its acceptance and its launch, but for what needs other processes. */
export async function work(request: EvaluateRequest): Promise<void> {
  try {
    admission.evaluation(request);
  } catch (error) {
    if (!(error instanceof EvaldError)) throw error;
  }
  await names.ofSubmission(request);
  const { request: masked, secrets } = splitSecrets(request);
  maskedNames(masked);
  revealRequest(masked, secrets);
  JSON.stringify(masked);
  lmmsEvalArguments(request, '/out', []);
  Redactor.of(secrets?.texts() ?? [])?.find(log, true);
  const read = readAsAsked(request);
  compareReading(
    { request, output: '/out', operatorOptions: [] },
    { runs: [read], failures: [], alone: [], version: '1' },
  );
}

/** What a harness would make of a request that it takes apart as it likes. */
function readAsAsked(request: EvaluateRequest): ReadRun {
  const pieces = (request.gen_kwargs ?? '').split(',');
  const args = Object.keys(request.model_args ?? {});
  return {
    model: ['str', request.model, false],
    tasks: request.tasks,
    model_args: { values: args.map((name) => [name, ['str', 'other', false]]) },
    generation: { values: pieces.map((piece) => [piece.split('=')[0] ?? '', ['str', piece, false]]) },
    gen_kwargs: ['str', request.gen_kwargs ?? '', false],
    ...{ num_fewshot: ['none'], batch_size: ['none'], device: ['none'], limit: ['none'] },
    ...{ log_samples: ['bool', true], predict_only: ['bool', false] },
    output: '/out',
    name: 'm',
    place: '/out/m',
  };
}
