import { createApp } from '../../src/http/app.ts';
import type { AppDependencies, SchedulerPort } from '../../src/http/dependencies.ts';
import type { RequestRules } from '../../src/http/middleware/requestChecks.ts';
import type { EngineState } from '../../src/schemas/engine/engine.ts';
import { EvaldError } from '../../src/schemas/errors/errors.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';

/** A scheduler that keeps jobs in a list and runs none of them. */
export function createFakeScheduler(): SchedulerPort & { jobs: Map<string, JobInfo> } {
  const jobs = new Map<string, JobInfo>();
  let paused = false;
  const queued = () => [...jobs.values()].filter(({ status }) => status === 'queued').map(({ job_id }) => job_id);
  return {
    jobs,
    addJob: async (request, { warnings = [], options = noOptions, who = null } = {}) => {
      const jobId = `job-${jobs.size}`;
      const position = queued().length;
      jobs.set(jobId, {
        job_id: jobId,
        status: 'queued',
        created_at: '2026-11-24T02:06:04.123+00:00',
        started_at: null,
        completed_at: null,
        duration_seconds: null,
        request,
        result: null,
        error: null,
        position_in_queue: position,
        waiting_for: position === 0 ? { kind: 'slot' } : { kind: 'jobs', ahead: position },
        metrics: null,
        partial_metrics: null,
        partial_result: null,
        answers: null,
        provenance: null,
        progress: null,
        failure_kind: null,
        stop_requested: null,
        log: null,
        parts: null,
        attempts: [],
        backend: null,
        warnings: [...warnings],
        ...options,
        expected_start_at: null,
        expected_end_at: null,
        retry_of: null,
        retries: [],
        submitted_by: who,
        imported: null,
      });
      return { jobId, position, repeated: false, warnings };
    },
    dryRunJob: async (request, { warnings = [], options = noOptions } = {}) => ({
      dry_run: true,
      request,
      ...options,
      devices: { needed: request.num_gpus, total: null, free: null, are_free: null },
      position_in_queue: queued().length,
      waiting_for: null,
      expected_start_at: null,
      expected_end_at: null,
      command: ['true'],
      repeats: null,
      warnings: [...warnings],
    }),
    getJobWithPosition: (jobId) => jobs.get(jobId),
    refusalOf: () => null,
    reprioritiseJob: async (jobId, priority) => {
      const job = jobs.get(jobId);
      if (job === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
      if (job.status !== 'queued') throw new EvaldError('jobNotQueued', `Job ${jobId} is ${job.status}`);
      jobs.set(jobId, { ...job, priority });
      return job.position_in_queue;
    },
    cancelJob: async (jobId) => {
      const job = jobs.get(jobId);
      if (job === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
      if (job.status === 'running') throw new EvaldError('jobRunning', 'Cannot cancel a running job');
      if (job.status !== 'queued') throw new EvaldError('jobFinished', 'Job already finished or cancelled');
      jobs.set(jobId, { ...job, status: 'cancelled', position_in_queue: null });
    },
    readScores: async function* () {
      yield [];
      return null;
    },
    readMissing: async function* () {},
    searchJobs: async () => ({ jobs: [...jobs.values()], next: null }),
    stopJob: async (jobId) => {
      throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
    },
    retryJob: async (jobId) => {
      throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
    },
    pauseQueue: async () => {
      paused = true;
    },
    resumeQueue: async () => {
      paused = false;
    },
    isPaused: () => paused,
    getBlocked: () => null,
    getQueueStats: () => ({
      queued: queued(),
      completed: 0,
      failed: 0,
      cancelled: jobs.size - queued().length,
      runningJob: null,
      runningJobs: [],
      pending: 0,
    }),
    getLiveStates: () => ({
      scheduler: ['intake.open', 'dispatch.idle', 'readiness.idle'],
      runners: [],
      trackers: [],
      jobs: { queued: queued().length, running: 0, completed: 0, failed: 0, cancelled: jobs.size - queued().length },
    }),
    observeTransitions: () => () => {},
    getHealth: () => ({ queued: queued().length, running: 0, degraded: null }),
  };
}

/** Of a server that takes what comes, by whatever name. */
export const openGuard: RequestRules = {
  servedHosts: () => 'served',
  corsOrigins: [],
  isTls: false,
  maxBody: 1024 * 1024,
  basePath: '',
  isTrustedProxy: null,
  maxStreams: 1_000,
  submissionsPerMinute: 0,
};

/** How this machine is when it is the place where runs run. */
export const idleEngine = async (): Promise<EngineState> => ({
  name: 'local',
  reachable: true,
  reason: null,
  queued: null,
  running: null,
  nodes: [{ name: 'here', state: 'up' }],
});

/** The app over fakes, any of them replaced. `errors` collects what was logged. */
export function createTestApp(replaced: Partial<AppDependencies> = {}) {
  const errors: unknown[] = [];
  const app = createApp({
    access: { findHolder: null, onChange: () => {} },
    guard: openGuard,
    log: { info: () => {}, warn: () => {} },
    scheduler: createFakeScheduler(),
    webhooks: { getLiveStates: () => ({ deliveries: [] }), observeTransitions: () => () => {} },
    harnesses: {
      describe: async () => ({ harnesses: [] }),
      catalogOf: async () => ({ tasks: async () => ['t1'], models: async () => ['hold'] }),
    },
    merge: async () => '/merged',
    checkpointVersion: async () => null,
    hookTemplate: { model: 'hold', tasks: ['t1'], model_args: { pretrained: '{checkpoint_dir}' } },
    importRuns: async () => ({ imported: [], skipped: [] }),
    events: { events: () => [], lastEvent: () => 0, onCommit: () => () => {} },
    jobEnds: { wait: async () => {} },
    closing: new AbortController().signal,
    targetRefusal: () => null,
    hashKey: 'a key',
    redactorOf: () => null,
    output: { results: absent, samples: absent },
    comparisons: { compare: absent, gate: absent },
    about: { harness: 'demo', backend: 'local', slots: 1, version: '0.0.0' },
    engine: idleEngine,
    processFaults: () => [],
    metrics: { contentType: 'text/plain', text: async () => '' },
    now: () => Date.UTC(2026, 10, 24, 2, 6, 4, 123),
    monotonic: () => performance.now(),
    logError: (_message, error) => errors.push(error),
    ...replaced,
  });
  const post = (path: string, body: unknown) =>
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { app, errors, post };
}

const absent = () => Promise.reject(new EvaldError('outputMissing', 'gone'));
