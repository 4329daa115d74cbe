import type { z } from 'zod';
import type { Artifacts } from '../../../schemas/results/artifacts.ts';
import type { JobResults } from '../../../schemas/results/jobResults.ts';
import type { SamplesPage } from '../../../schemas/results/samplesPage.ts';
import type { ImportAnswer, importRequestSchema } from '../../../schemas/scores/imports.ts';
import { completed, jobId } from './jobs.ts';

/** Examples of what runs have written. */
export const numbers = {
  job_id: jobId,
  model: 'qwen2_5_vl',
  model_name: '/ckpt/step-12000',
  partial: false,
  failure_kind: null,
  metrics: completed.metrics,
  merged: null,
  samples: { mmmu_val: { original: 900, effective: 900, ...completed.answers.mmmu_val } },
  provenance: completed.provenance,
  harness: { name: 'lmms-eval', version: '0.7.3' },
  git_hash: null,
  evaluation_seconds: 1_512.4,
  duration_seconds: 1_546.741,
  files: completed.result,
  warnings: [],
} satisfies JobResults;

export const samples = {
  task: 'mmmu_val',
  partial: false,
  total: 900,
  offset: 0,
  samples: [{ doc_id: 0, target: 'B', filtered_resps: ['B'], mmmu_acc: { answer: 'B', parsed_pred: 'B' } }],
  next_offset: 1,
  undecided: null,
  counts: null,
  marks: null,
} satisfies SamplesPage;

export const artifacts = {
  files: [
    {
      path: 'ckpt__step-12000/20261124_100611_results.json',
      size: 18_231,
      modified: '2026-11-24T02:31:49.020+00:00',
    },
    { path: 'eval-20261124-020604.log', size: 402_113, modified: '2026-11-24T02:31:50.800+00:00' },
  ],
  truncated: false,
} satisfies Artifacts;

export const imports = [
  { dir: '/results/2025', labels: { run: 'r6' } },
  { dir: '/results/2025/ckpt__step-9000' },
] satisfies z.input<typeof importRequestSchema>[];

const file = '/results/2025/ckpt__step-9000/20251124_100611_results.json';
export const imported = {
  imported: [{ job_id: jobId, file, harness: 'lmms-eval', model: 'qwen2_5_vl', tasks: ['mmmu_val'] }],
  skipped: [
    {
      file: '/results/2025/ckpt__step-8000/results_2025-11-20T08-12-45.120417.json',
      reason: 'it was imported before as job 9b1d6f0a-7c2e-4b55-8f0c-3f0c4b1e52d7',
    },
  ],
} satisfies ImportAnswer;
