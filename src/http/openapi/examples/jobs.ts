import type { z } from 'zod';
import type { CheckpointHookAnswer, checkpointHookSchema } from '../../../schemas/hooks/checkpointHook.ts';
import type { CancelAnswer, RetryAnswer, StopAnswer } from '../../../schemas/job/control.ts';
import type { JobInfo } from '../../../schemas/job/job.ts';
import type { JobActionsAnswer, jobActionsRequestSchema } from '../../../schemas/job/jobActions.ts';
import type { JobEvent } from '../../../schemas/job/jobEvent.ts';
import type { JobList } from '../../../schemas/job/jobList.ts';
import type { DryRunAnswer } from '../../../schemas/submission/dryRun.ts';
import { noOptions } from '../../../schemas/submission/jobOptions.ts';
import type { SubmitAnswer, submissionSchema } from '../../../schemas/submission/submission.ts';

/** Examples of what is sent and answered about jobs. Typed as what they are examples of, and read by its schema in a test. */
export const jobId = '0f9c2d1e-7a41-4c0b-9c7e-2f6d8f0a1b2c';
const retryId = '77ab40f2-0c35-4d8e-8b06-15a9d3c4e6f7';
const folder = `/var/lib/evald/outputs/lmms_eval_${jobId}`;

/** As they may be sent. */
export const submissions = [
  { model: 'qwen2_5_vl', tasks: ['mmmu_val'], model_args: { pretrained: '/ckpt/step-12000' } },
  {
    model: 'qwen2_5_vl',
    tasks: ['mmmu_val', 'mme'],
    model_args: { pretrained: '/ckpt/step-12000', max_pixels: 12_845_056 },
    num_fewshot: 0,
    batch_size: 'auto',
    limit: 0.5,
    gen_kwargs: 'temperature=0',
    num_gpus: 8,
    output_dir: '/ckpt/step-12000/evals',
    labels: { run: 'r7', step: 12_000 },
    priority: 10,
    timeout: 7_200,
    callback_url: 'https://hooks.example.org/evals',
    engine_args: ['--partition=long'],
  },
] satisfies z.input<typeof submissionSchema>[] & object[];

export const submitted = {
  job_id: jobId,
  status: 'queued',
  position_in_queue: 0,
  message: 'Job queued successfully. Position in queue: 0',
  warnings: [],
} satisfies SubmitAnswer;

const request = {
  model: 'qwen2_5_vl',
  tasks: ['mmmu_val'],
  model_args: { pretrained: '/ckpt/step-12000' },
  num_fewshot: null,
  batch_size: null,
  device: null,
  limit: null,
  gen_kwargs: null,
  log_samples: true,
  predict_only: false,
  num_gpus: 8,
  output_dir: null,
} satisfies JobInfo['request'];

const { tasks: _tasks, log_samples: _samples, num_gpus: _gpus, output_dir: _folder, ...decisive } = request;

/** What would come of the second one. */
export const tried = {
  dry_run: true,
  request,
  ...noOptions,
  labels: { run: 'r7', step: 12_000 },
  priority: 10,
  devices: { needed: 8, total: 8, free: 2, are_free: false },
  position_in_queue: 0,
  waiting_for: { kind: 'devices', needed: 8, free: 2 },
  expected_start_at: '2026-11-24T02:31:50.871+00:00',
  expected_end_at: null,
  command: [
    ...['/opt/evals/bin/python', '-m', 'lmms_eval', '--model=qwen2_5_vl', '--tasks=mmmu_val'],
    ...['--model_args=pretrained=/ckpt/step-12000', '--output_path=/var/lib/evald/outputs/lmms_eval_JOB_ID'],
  ],
  repeats: null,
  warnings: [],
} satisfies DryRunAnswer;

export const completed = {
  job_id: jobId,
  status: 'completed',
  created_at: '2026-11-24T02:06:04.123+00:00',
  started_at: '2026-11-24T02:06:04.130+00:00',
  completed_at: '2026-11-24T02:31:50.871+00:00',
  duration_seconds: 1_546.741,
  request,
  result: {
    'ckpt__step-12000': {
      results: `${folder}/ckpt__step-12000/20261124_100611_results.json`,
      samples: [`${folder}/ckpt__step-12000/20261124_100611_samples_mmmu_val.jsonl`],
    },
  },
  error: null,
  position_in_queue: null,
  waiting_for: null,
  metrics: {
    mmmu_val: {
      mmmu_acc: {
        value: 0.517,
        stderr: null,
        stderr_clt: 0.0167,
        stderr_clustered: null,
        higher_is_better: true,
        n: 900,
        n_failed: 0,
        n_empty: 2,
        n_unscored: 0,
        filter: 'none',
      },
    },
  },
  partial_metrics: null,
  partial_result: null,
  answers: { mmmu_val: { answered: 898, empty: 2, failed: 0, cached: 0 } },
  provenance: {
    harness: 'lmms-eval',
    harness_version: '0.7.3',
    git_hash: null,
    seed: '0,1234,1234,1234',
    tasks: { mmmu_val: { version: '0.0', num_fewshot: 0 } },
    num_gpus: request.num_gpus,
    arguments: decisive,
    operator_options: [],
  },
  failure_kind: null,
  progress: null,
  stop_requested: null,
  log: `${folder}/eval-20261124-020604.log`,
  parts: null,
  attempts: [],
  backend: { name: 'local', id: '21733', node: 'gpu-7', state: null },
  warnings: [],
  ...noOptions,
  labels: { run: 'r7', step: 12_000 },
  expected_start_at: null,
  expected_end_at: null,
  retry_of: null,
  retries: [],
  submitted_by: 'trainer',
  imported: null,
} satisfies JobInfo;

export const failed = {
  ...completed,
  job_id: retryId,
  status: 'failed',
  result: null,
  error: `Evaluation failed with return code 1. Last lines of ${folder}/eval-20261124-020604.log:\nCUDA out of memory`,
  metrics: null,
  answers: null,
  provenance: null,
  failure_kind: 'exited',
  retry_of: jobId,
} satisfies JobInfo;

export const cancelled = { message: `Job ${jobId} cancelled` } satisfies CancelAnswer;
export const stopped = { message: `Job ${jobId} is being stopped` } satisfies StopAnswer;
export const retried = { ...submitted, job_id: retryId, retry_of: jobId } satisfies RetryAnswer;
/** As they may be sent. */
export const actions = [
  { action: 'cancel', filter: { status: 'queued', label: 'run:r7' }, dry_run: true },
  { action: 'reprioritise', ids: [jobId, retryId], priority: 10 },
  { action: 'retry', filter: { status: 'failed', q: 'out of memory' }, missing: true },
] satisfies z.input<typeof jobActionsRequestSchema>[] & object[];

export const acted = {
  action: 'retry',
  dry_run: false,
  jobs: [
    { job_id: jobId, outcome: 'done', code: null, error: null, new_job_id: retryId },
    {
      job_id: retryId,
      outcome: 'refused',
      code: 'jobNotEnded',
      error: `Job ${retryId} is running: only an ended job can be repeated. POST /jobs/${retryId}/stop ends it.`,
      new_job_id: null,
    },
  ],
  counts: { done: 1, already: 0, refused: 1 },
  next_cursor: null,
} satisfies JobActionsAnswer;

export const page = { jobs: [completed], next_cursor: 'cg8', warnings: [] } satisfies JobList;

export const event = {
  number: 41,
  job_id: jobId,
  at: '2026-11-24T02:06:04.123+00:00',
  type: 'submitted',
  data: { model: 'qwen2_5_vl', tasks: ['mmmu_val'] },
  who: 'trainer',
} satisfies JobEvent;

/** The same as it is streamed. */
export const stream = `event: ${event.type}\nid: ${event.number}\ndata: ${JSON.stringify(event)}\n\n`;

export const hooks = [
  { event: 'save', step: 1_200, checkpoint_dir: '/runs/r7/checkpoint-1200', output_dir: '/runs/r7' },
] satisfies z.input<typeof checkpointHookSchema>[] & object[];

export const hooked = { job_id: jobId, status: 'queued', metrics: {}, error: null } satisfies CheckpointHookAnswer;

export const hookCompleted = {
  ...{ job_id: jobId, status: 'completed', error: null },
  metrics: { 'eval/mmmu_val/mmmu_acc': 0.512 },
} satisfies CheckpointHookAnswer;
