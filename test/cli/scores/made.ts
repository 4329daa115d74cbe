import {
  type Comparison,
  comparisonSchema,
  type TaskComparison,
  taskComparisonSchema,
} from '../../../src/schemas/scores/comparison.ts';
import { type MissingScore, missingScoreSchema, type Score, scoreSchema } from '../../../src/schemas/scores/score.ts';

const madeBy = {
  job_id: '0f9c2b1e-52d7-4d0e-9d1b-6a0f7c2e9b55',
  imported: false,
  model: 'qwen',
  checkpoint: null,
  run: null,
  step: null,
  labels: {},
  x: null,
};

/** A row of the long table, as the server would send it. */
export const score = (fields: Partial<Score> = {}): Score =>
  scoreSchema.parse({
    ...madeBy,
    submitted_by: null,
    completed_at: '2026-11-29T12:00:00.000Z',
    ...{ task: 'digits', metric: 'acc', filter: 'none', value: 0.5, stderr: 0.02, interval: [0.46, 0.54], n: 200 },
    ...{ higher_is_better: true, is_group: false, harness: 'demo', harness_version: '1', task_version: '1' },
    ...{ num_fewshot: 0, git_hash: null, num_gpus: null, seed: '0' },
    ...fields,
  });

/** What was asked for and has no score. */
export const missing = (fields: Partial<MissingScore> = {}): MissingScore =>
  missingScoreSchema.parse({
    ...madeBy,
    ...{ task: 'digits', status: 'failed', failure_kind: 'timedOut', reason: 'failed (timedOut)' },
    ended_at: '2026-11-20T11:00:00.000Z',
    ...fields,
  });

/** One score of two runs, compared. */
export const compared = (fields: Partial<TaskComparison> = {}): TaskComparison =>
  taskComparisonSchema.parse({
    ...{ task: 'digits', metric: 'acc', filter: 'none', higher_is_better: true },
    ...{ a: { value: 0.925, stderr: 0.019, n: 200 }, b: { value: 0.13, stderr: 0.024, n: 200 } },
    ...{ difference: -0.795, n_a: 200, n_b: 200, n_paired: 200, missing: null, delta: -0.795, stderr: 0.029 },
    ...{ interval: [-0.852, -0.738], bootstrap: null, clusters: null, test: 'mcnemar', p_value: 1e-40 },
    ...{ p_adjusted: 2e-40, permutations: null, detectable: 0.081, verdict: 'worse', reason: null, warnings: [] },
    flips: {
      ...{ better: 3, worse: 162, equal: 35 },
      samples: [
        { doc_id: 17, index_a: 17, index_b: 16, value_a: 1, value_b: 0 },
        { doc_id: 'x', index_a: 4, index_b: 4, value_a: 0, value_b: 0.25 },
      ],
    },
    ...fields,
  });

const side = {
  ...{ job_id: '74cc4a5c-57ae-4330-8b83-a1a0f0ed1f53', imported: false, model: 'qwen', checkpoint: '/c/r7/step-1000' },
  ...{ run: 'r7', step: 1000, completed_at: '2026-11-29T12:00:00.000Z' },
};

/** A comparison as the server would send it. */
export const comparison = (fields: Partial<Comparison> = {}): Comparison =>
  comparisonSchema.parse({
    a: side,
    b: { ...side, job_id: '3699bc27-4e3e-4b08-9b81-2fbee8805764', checkpoint: '/c/r7/step-2000', step: 2000 },
    ...{ configuration: [], comparisons: [compared()], groups: [], only_a: [], only_b: [], warnings: [] },
    ...fields,
  });
