import type { z } from 'zod';
import type { EngineState } from '../../../schemas/engine/engine.ts';
import type { InvalidRequest } from '../../../schemas/errors/errorBody.ts';
import type { Harnesses } from '../../../schemas/harness/harnesses.ts';
import type { MergeAnswer, mergeRequestSchema } from '../../../schemas/harness/merge.ts';
import type { Queue } from '../../../schemas/queue/queue.ts';
import type { Health } from '../../../schemas/server/health.ts';
import type { LiveAnswer, LiveStates, TransitionReport } from '../../../schemas/server/machines.ts';
import { version } from '../../../version.ts';
import { jobId } from './jobs.ts';

/** Examples of what is said about the server itself. */
export const merges = [
  { checkpoint_path: '/ckpt/run-7' },
  { checkpoint_path: '/ckpt/run-7/checkpoint-12000', output_path: '/ckpt/run-7/merged', checkpoint_type: 'ema' },
] satisfies z.input<typeof mergeRequestSchema>[] & object[];

export const merged = {
  success: true,
  message: 'Checkpoint merged successfully',
  merged_path: '/ckpt/run-7/merged',
  warnings: [],
} satisfies MergeAnswer;

export const queue = {
  queue_size: 1,
  running_job: jobId,
  running_jobs: [jobId],
  pending_jobs: 0,
  queued_jobs: ['77ab40f2-0c35-4d8e-8b06-15a9d3c4e6f7'],
  paused: false,
  blocked: null,
  completed_jobs: 12,
  failed_jobs: 1,
  cancelled_jobs: 0,
} satisfies Queue;

const thisMachine = {
  name: 'local',
  reachable: true,
  reason: null,
  queued: null,
  running: null,
  nodes: [{ name: 'gpu-7', state: 'up' }],
  warm_starts: {
    ...{ state: 'ready', reason: null, last_cold: null, memory_bytes: 590_348_288, warm: 41, cold: 1 },
    parents: [
      {
        ...{ module: 'lmms_eval', python: '/opt/lmms-eval/bin/python', state: 'ready', reason: null },
        ...{ last_cold: null, memory_bytes: 590_348_288, warm: 41, cold: 1 },
      },
    ],
  },
  devices: [
    { name: '0', job_id: jobId, job_ids: [jobId] },
    { name: '1', job_id: null, job_ids: [] },
  ],
} satisfies EngineState;

const cluster = {
  name: 'slurm',
  reachable: false,
  reason: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)',
  queued: null,
  running: null,
  nodes: [],
} satisfies EngineState;

export const healthy = {
  status: 'healthy',
  takes_jobs: true,
  timestamp: '2026-11-24T02:06:04.123+00:00',
  queue_size: 1,
  running_jobs: 1,
  paused: false,
  blocked: null,
  harness: 'lmms-eval',
  backend: 'local',
  slots: 1,
  version,
  engine: thisMachine,
  reasons: [],
} satisfies Health;

export const degraded = {
  ...healthy,
  status: 'degraded',
  takes_jobs: false,
  reasons: ['the journal cannot be written: database or disk is full'],
} satisfies Health;

export const withoutEngine = {
  ...healthy,
  status: 'degraded',
  backend: 'slurm',
  slots: 1_000,
  engine: cluster,
  reasons: [`slurm cannot be reached (${cluster.reason}): jobs are taken, and run when it can`],
} satisfies Health;

export const live = {
  scheduler: ['intake.open', 'dispatch.busy', 'readiness.idle'],
  runners: [{ job_id: jobId, states: ['running.working'] }],
  deliveries: [{ number: 7, job_id: jobId, states: ['waiting.scheduled'] }],
  trackers: [{ job_id: jobId, states: ['watching.placed'] }],
  jobs: { queued: 1, running: 1, completed: 12, failed: 1, cancelled: 0 },
} satisfies LiveStates;

export const liveAnswer = { ...live, engine: thisMachine } satisfies LiveAnswer;

export const transition = {
  at: '2026-11-24T02:06:04.130+00:00',
  machine: 'job',
  actor: jobId,
  job_id: jobId,
  event: 'job.start',
  from: 'queued',
  to: 'running',
  transition: 'job-0',
  states: ['running'],
} satisfies TransitionReport;

export const invalid = {
  detail: [
    { type: 'missing', loc: ['body', 'model'], msg: 'Field required', input: '(an object)' },
    {
      type: 'greater_than_equal',
      loc: ['body', 'num_gpus'],
      msg: '`num_gpus` should be an integer from 1 to 1024',
      input: 0,
    },
  ],
} satisfies InvalidRequest;

export const harnesses: Harnesses = {
  harnesses: [
    {
      ...{ name: 'lmms-eval', is_default: true, offered: true, version: '0.7.3', can_start: true, reason: null },
      ...{ python: '/opt/evals/bin/python', warm_starts: true },
    },
    {
      ...{ name: 'demo', is_default: false, offered: true, version, can_start: true, reason: null },
      ...{ python: null, warm_starts: false },
    },
  ],
};
