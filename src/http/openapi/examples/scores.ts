import type { ScoreList } from '../../../schemas/scores/score.ts';
import { jobId } from './jobs.ts';

const madeBy = {
  model: 'qwen2_5_vl',
  checkpoint: '/ckpt/step-12000',
  run: 'r7',
  step: 12_000,
  labels: { run: 'r7', step: 12_000 },
  x: 12_000,
};

/** An example of a page of the long table, asked for with `x=label:step` and `missing`. */
export const scores = {
  scores: [
    {
      job_id: jobId,
      imported: false,
      ...madeBy,
      submitted_by: 'trainer',
      completed_at: '2026-11-24T02:31:50.870+00:00',
      task: 'mmmu_val',
      metric: 'mmmu_acc',
      filter: 'none',
      value: 0.512,
      stderr: 0.0167,
      interval: [0.4793, 0.5446],
      n: 900,
      higher_is_better: true,
      is_group: false,
      harness: 'lmms-eval',
      harness_version: '0.7.3',
      task_version: '0.0',
      num_fewshot: 0,
      git_hash: null,
      num_gpus: 8,
      seed: '0,1234,1234,1234',
    },
  ],
  missing: [
    {
      job_id: '3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55',
      imported: false,
      ...madeBy,
      ...{ step: 13_000, labels: { run: 'r7', step: 13_000 }, x: 13_000, checkpoint: '/ckpt/step-13000' },
      task: 'mmmu_val',
      status: 'failed',
      failure_kind: 'timedOut',
      reason: 'failed (timedOut)',
      ended_at: '2026-11-29T12:00:00.000+00:00',
    },
  ],
  next_cursor: null,
} satisfies ScoreList;
