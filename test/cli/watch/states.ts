import { nothingKnown, type WatchState, withJobs } from '../../../src/cli/watch/state.ts';
import type { JobInfo } from '../../../src/client/index.ts';
import { shownJob } from '../../support/jobs/shownJob.ts';

/** The time at which states are shown. */
export const NOW = Date.parse('2026-11-29T12:05:00Z');
export const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toISOString();

const asked = (model: string, tasks = ['mmmu_val', 'mathvista']) => ({ request: { model, tasks } });
const score = (value: number, stderr: number | null) => ({
  ...{ value, stderr, higher_is_better: true, n: 100 },
  ...{ stderr_clt: null, stderr_clustered: null, n_failed: null, n_empty: null, n_unscored: null, filter: 'none' },
});

export const running = shownJob('1a2b3c4d-0000', {
  ...asked('llava'),
  status: 'running',
  started_at: at(-120),
  progress: { phase: 'Model Responding', done: 120, total: 900, percent: 13.4, rate: 3.42, eta_seconds: 200 },
  expected_end_at: at(45),
});
export const starting = shownJob('2b3c4d5e-0000', { ...asked('qwen2_5_vl'), status: 'running', started_at: at(-8) });
export const waiting = shownJob('3c4d5e6f-0000', {
  ...asked('internvl'),
  waiting_for: { kind: 'jobs', ahead: 3 },
  position_in_queue: 3,
});
export const completed = shownJob('4d5e6f70-0000', {
  ...asked('random'),
  status: 'completed',
  completed_at: at(-30),
  duration_seconds: 190,
  metrics: { mmmu_val: { acc: score(0.5123, 0.0161) }, mathvista: { acc: score(0.25, null) } },
});
export const failed = shownJob('5e6f7081-0000', {
  ...asked('majority'),
  status: 'failed',
  completed_at: at(-20),
  failure_kind: 'exited',
  error:
    'Evaluation failed with return code 1: CUDA out of memory\nLast lines of /x/log:\nTraceback\nCUDA out of memory',
});
export const cancelled = shownJob('6f708192-0000', { ...asked('gpt'), status: 'cancelled', completed_at: at(-10) });

/** A state of these jobs. */
export const stateOf = (jobs: readonly JobInfo[], fields: Partial<WatchState> = {}): WatchState =>
  withJobs({ ...nothingKnown, ...fields }, jobs);
