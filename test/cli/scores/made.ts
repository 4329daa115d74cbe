import type { z } from 'zod';
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
export const score = (fields: Partial<z.input<typeof scoreSchema>> = {}): Score =>
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
export const missing = (fields: Partial<z.input<typeof missingScoreSchema>> = {}): MissingScore =>
  missingScoreSchema.parse({
    ...madeBy,
    ...{ task: 'digits', status: 'failed', failure_kind: 'timedOut', reason: 'failed (timedOut)' },
    ...fields,
  });
