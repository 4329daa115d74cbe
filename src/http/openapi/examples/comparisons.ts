import type { z } from 'zod';
import type { Comparison, TaskComparison } from '../../../schemas/scores/comparison.ts';
import type { GateAnswer, gateRequestSchema } from '../../../schemas/scores/gate.ts';
import { jobId } from './jobs.ts';

/** Examples of comparisons: of 900 questions the candidate gets 49 right that the baseline had wrong, and loses 20. */
const baseline = '0d1f4a6e-6a51-4c39-8a7b-2f1f0e5f7a10';

const made = { imported: false, model: 'qwen2_5_vl', run: 'r7' };

const task = {
  task: 'mmmu_val',
  metric: 'mmmu_acc',
  filter: 'none',
  higher_is_better: true,
  a: { value: 0.5, stderr: 0.0167, n: 900 },
  b: { value: 0.53222, stderr: 0.0166, n: 900 },
  difference: 0.03222,
  n_a: 900,
  n_b: 900,
  n_paired: 900,
  missing: { a: 0, b: 0, bounds: null },
  delta: 0.03222,
  stderr: 0.00917,
  interval: [0.01422, 0.05022],
  bootstrap: null,
  clusters: null,
  test: 'mcnemar',
  p_value: 0.00064,
  p_adjusted: 0.00064,
  permutations: null,
  detectable: 0.02568,
  flips: {
    better: 49,
    worse: 20,
    equal: 831,
    samples: [{ doc_id: '12', index_a: 12, index_b: 12, value_a: 0, value_b: 1 }],
  },
  verdict: 'better',
  reason: null,
  warnings: [],
} satisfies TaskComparison;

export const comparison = {
  a: {
    ...made,
    job_id: baseline,
    checkpoint: '/ckpt/step-11000',
    step: 11_000,
    completed_at: '2026-11-24T01:32:11.204Z',
  },
  b: { ...made, job_id: jobId, checkpoint: '/ckpt/step-12000', step: 12_000, completed_at: '2026-11-24T02:31:50.864Z' },
  configuration: [
    { task: null, field: 'model_args.pretrained', a: '/ckpt/step-11000', b: '/ckpt/step-12000' },
    { task: null, field: 'num_gpus', a: '4', b: '8' },
  ],
  comparisons: [task],
  groups: [{ group: 'mmmu', members: ['mmmu_val'] }],
  only_a: ['mme,mme_perception_score,none'],
  only_b: [],
  warnings: [],
} satisfies Comparison;

export const policies = [
  {
    baseline,
    candidate: jobId,
    policy: { tasks: { mmmu_val: { max_drop: 0.01, metric: 'mmmu_acc' }, mme: { max_drop: 20, tier: 'advisory' } } },
  },
] satisfies z.input<typeof gateRequestSchema>[];

export const gated = {
  verdict: 'pass',
  baseline,
  candidate: jobId,
  tasks: [
    {
      ...{ task: 'mmmu_val', metric: 'mmmu_acc', filter: 'none', tier: 'critical', max_drop: 0.01, verdict: 'pass' },
      reason: 'It gains 0.01422 at least, and may lose 0.01.',
      comparison: task,
    },
    {
      ...{ task: 'mme', metric: null, filter: null, tier: 'advisory', max_drop: 20, verdict: 'fail' },
      reason: 'mme is missing: the two runs have no such score in common.',
      comparison: null,
    },
  ],
} satisfies GateAnswer;
