import { describe, expect, test } from 'vitest';
import { EvaldError } from '../../src/schemas/errors/errors.ts';
import { jobInfoSchema } from '../../src/schemas/job/job.ts';
import { createFakeScheduler, createTestApp, idleEngine } from './fakes.ts';

const smallest = { model: 'hold', tasks: ['t1'] };

function setJob(scheduler: ReturnType<typeof createFakeScheduler>, jobId: string, status: 'running' | 'completed') {
  const job = scheduler.jobs.get(jobId);
  if (job === undefined) throw new Error(`no job ${jobId}`);
  scheduler.jobs.set(jobId, { ...job, status, position_in_queue: null });
}

test('a submission is answered with its id, its position and its warnings', async () => {
  const { post } = createTestApp();
  await post('/evaluate', smallest);
  const answer = await post('/evaluate', { ...smallest, foo: 1 });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    job_id: 'job-1',
    status: 'queued',
    position_in_queue: 1,
    message: 'Job queued successfully. Position in queue: 1',
    warnings: ['unknown field "foo" was ignored'],
  });
});

test('a job is shown as the scheduler knows it, warnings included', async () => {
  const { app, post } = createTestApp();
  await post('/evaluate', { ...smallest, foo: 1 });
  const answer = await app.request('/jobs/job-0');
  const job = jobInfoSchema.parse(await answer.json());
  expect(job).toMatchObject({ job_id: 'job-0', status: 'queued', warnings: ['unknown field "foo" was ignored'] });
});

describe('cancelling', () => {
  test('cancelling a queued job answers its message', async () => {
    const { app, post } = createTestApp();
    await post('/evaluate', smallest);
    const answer = await app.request('/jobs/job-0', { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([200, { message: 'Job job-0 cancelled' }]);
  });

  test.each([
    ['running', 'Cannot cancel a running job'],
    ['completed', 'Job already finished or cancelled'],
  ] as const)('cancelling a %s job is refused', async (status, detail) => {
    const scheduler = createFakeScheduler();
    const { app, post } = createTestApp({ scheduler });
    await post('/evaluate', smallest);
    setJob(scheduler, 'job-0', status);
    const answer = await app.request('/jobs/job-0', { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([400, { detail }]);
  });

  test('cancelling is refused for later while nothing can be written', async () => {
    const scheduler = createFakeScheduler();
    scheduler.cancelJob = async () => {
      throw new EvaldError('intakeClosed', 'evald is shutting down');
    };
    const answer = await createTestApp({ scheduler }).app.request('/jobs/x', { method: 'DELETE' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
  });
});

test('an id is what the path says, decoded', async () => {
  const { app } = createTestApp();
  const detailOf = async (path: string) => (await app.request(path)).json();
  expect(await detailOf('/jobs/a%20b')).toEqual({ detail: 'Job a b not found' });
  expect(await detailOf('/jobs/%E2%82%AC')).toEqual({ detail: 'Job € not found' });
  expect((await app.request('/jobs/%ff')).status).toBe(404);
});

test('the queue shows what waits and what has ended', async () => {
  const { app, post } = createTestApp();
  await post('/evaluate', smallest);
  await post('/evaluate', smallest);
  await app.request('/jobs/job-0', { method: 'DELETE' });
  expect(await (await app.request('/queue')).json()).toEqual({
    queue_size: 1,
    running_job: null,
    running_jobs: [],
    pending_jobs: 0,
    queued_jobs: ['job-1'],
    paused: false,
    blocked: null,
    completed_jobs: 0,
    failed_jobs: 0,
    cancelled_jobs: 1,
  });
});

describe('health', () => {
  const about = { harness: 'demo', backend: 'local', slots: 1, version: '0.0.0' };
  const timestamp = '2026-11-24T02:06:04.123+00:00';

  test('health is 200 when all is well', async () => {
    const answer = await createTestApp().app.request('/health');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'healthy',
      takes_jobs: true,
      timestamp,
      queue_size: 0,
      running_jobs: 0,
      paused: false,
      blocked: null,
      ...about,
      engine: await idleEngine(),
      reasons: [],
    });
  });

  test('health is degraded and 200 while the engine cannot be reached: jobs are accepted nevertheless', async () => {
    const engine = async () => ({ ...(await idleEngine()), name: 'slurm', reachable: false, reason: 'no answer' });
    const answer = await createTestApp({ engine }).app.request('/health');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      status: 'degraded',
      takes_jobs: true,
      engine: { name: 'slurm', reachable: false, reason: 'no answer' },
      reasons: ['slurm cannot be reached (no answer): jobs are taken, and run when it can'],
    });
  });

  test('health is degraded and 200 while every machine of the engine is down', async () => {
    const engine = async () => ({ ...(await idleEngine()), name: 'slurm', down: 'n1 is drained' });
    const answer = await createTestApp({ engine }).app.request('/health');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      status: 'degraded',
      takes_jobs: true,
      reasons: ['slurm begins nothing (n1 is drained): jobs are taken, and wait'],
    });
  });

  test('health is 503 with the reason when degraded', async () => {
    const scheduler = createFakeScheduler();
    scheduler.getHealth = () => ({ queued: 3, running: 1, degraded: 'the journal cannot be written' });
    const answer = await createTestApp({ scheduler }).app.request('/health');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: 'degraded',
      takes_jobs: false,
      queue_size: 3,
      running_jobs: 1,
      reasons: ['the journal cannot be written'],
    });
  });
});

describe('the catalog', () => {
  test('the catalog is what the harness knows', async () => {
    const { app } = createTestApp();
    expect(await (await app.request('/tasks')).json()).toEqual({ tasks: ['t1'] });
    expect(await (await app.request('/models')).json()).toEqual({ models: ['hold'] });
  });

  test.each(['/tasks', '/models'])('the catalog %s is 503 with the reason while there is none', async (path) => {
    const fail = async () => {
      throw new EvaldError('catalogUnavailable', 'the harness said no');
    };
    const answer = await createTestApp({
      harnesses: { describe: fail, catalogOf: async () => ({ tasks: fail, models: fail }) },
    }).app.request(path);
    expect([answer.status, await answer.json()]).toEqual([503, { detail: 'the harness said no' }]);
  });
});

describe('merging', () => {
  test('merging answers the path, and warns of unknown fields', async () => {
    const asked: unknown[] = [];
    const merge = async (request: unknown) => {
      asked.push(request);
      return '/out/merged';
    };
    const answer = await createTestApp({ merge }).post('/merge', { checkpoint_path: '/c', output_path: '', foo: 1 });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        success: true,
        message: 'Checkpoint merged successfully',
        merged_path: '/out/merged',
        warnings: ['unknown field "foo" was ignored'],
      },
    ]);
    expect(asked).toEqual([{ checkpoint_path: '/c', output_path: null, checkpoint_type: 'regular' }]);
  });

  test.each([
    ['mergeFileMissing', 404],
    ['mergeInvalid', 400],
    ['mergeFailed', 500],
  ] as const)('merging that fails as %s is answered %i', async (code, status) => {
    const merge = async () => {
      throw new EvaldError(code, 'why');
    };
    const answer = await createTestApp({ merge }).post('/merge', { checkpoint_path: '/c' });
    expect([answer.status, await answer.json()]).toEqual([status, { detail: 'why' }]);
  });

  test.each([
    [{}, 'missing', 'checkpoint_path'],
    [{ checkpoint_path: '' }, 'value_error', 'checkpoint_path'],
    [{ checkpoint_path: '/c\0' }, 'value_error', 'checkpoint_path'],
    [{ checkpoint_path: '/c', checkpoint_type: null }, 'literal_error', 'checkpoint_type'],
    [{ checkpoint_path: '/c', output_path: 1 }, 'string_type', 'output_path'],
  ])('merging %j is refused', async (body, type, field) => {
    const answer = await createTestApp().post('/merge', body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ type, loc: ['body', field] }] });
  });
});
