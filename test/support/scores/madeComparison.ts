import {
  type Comparison,
  comparisonSchema,
  type TaskComparison,
  taskComparisonSchema,
} from '../../../src/schemas/scores/comparison.ts';
import { madeId } from './madeScores.ts';

/** A comparison of one score. @param of what is other than usual: a candidate that is better. */
export const madeTask = (of: Partial<TaskComparison> = {}): TaskComparison =>
  taskComparisonSchema.parse({
    ...{ task: 'mmmu', metric: 'acc', filter: 'none', higher_is_better: true },
    ...{ a: { value: 0.6, stderr: 0.016, n: 900 }, b: { value: 0.65, stderr: 0.016, n: 900 }, difference: 0.05 },
    ...{ n_a: 900, n_b: 900, n_paired: 900, missing: null, delta: 0.05, stderr: 0.01, interval: [0.03, 0.07] },
    ...{ bootstrap: null, clusters: null, test: 'mcnemar', p_value: 0.0004, p_adjusted: 0.0012, permutations: null },
    ...{ detectable: 0.028, flips: { better: 71, worse: 26, equal: 803, samples: [] } },
    ...{ verdict: 'better', reason: null, warnings: [] },
    ...of,
  });

const side = {
  ...{ job_id: madeId(1), imported: false, model: 'qwen2_5_vl', checkpoint: null, run: null, step: null },
  completed_at: '2026-11-20T10:00:00.000Z',
};

/** A comparison as the server gives it. */
export const madeComparison = (of: Partial<Comparison> = {}): Comparison =>
  comparisonSchema.parse({
    ...{ a: side, b: { ...side, job_id: madeId(2) }, configuration: [], comparisons: [madeTask()], groups: [] },
    ...{ only_a: [], only_b: [], warnings: [] },
    ...of,
  });
