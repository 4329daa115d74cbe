import { describe, expect, test } from 'vitest';
import { onePool } from '../../src/schemas/engine/devicePool.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { formatTime } from '../../src/schemas/values/time.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

async function afterRunsOf(minutes: number[], slots = 1, devices: string[] | null = null, gpus = [1]) {
  const setting = await scheduling({ slots, pools: devices && onePool(devices), backfillDepth: 0 });
  const { scheduler, control, pass, statusOf } = setting;
  for (const [duration, num_gpus] of minutes.flatMap((minute) => gpus.map((count) => [minute, count] as const))) {
    const { jobId } = await scheduler.addJob(request({ num_gpus }));
    await until(() => control.launched.includes(jobId));
    pass(duration * 60_000);
    await control.end(jobId);
    await until(() => statusOf(jobId) === 'completed');
  }
  return setting;
}

describe('what is expected of a job', () => {
  test('the expected end of a job comes from the median of what the same tasks took, through the queue', async () => {
    const { scheduler, add, pass, now } = await afterRunsOf([1, 10, 3]);
    const [running, next, last] = [await add(), await add(), await add()];
    const began = now();
    pass(60_000);
    const expected = [running, next, last].map((id) => scheduler.getJob(id));
    expect(expected.map((job) => job?.expected_start_at)).toEqual([0, 3, 6].map((m) => formatTime(began + m * 60_000)));
    expect(expected.map((job) => job?.expected_end_at)).toEqual([3, 6, 9].map((m) => formatTime(began + m * 60_000)));
  });

  test('an expected end is never in the past: a run that takes longer may end at any moment', async () => {
    const { scheduler, control, add, pass, now } = await afterRunsOf([1]);
    const jobId = await add();
    await until(() => control.launched.includes(jobId));
    pass(600_000);
    expect(scheduler.getJob(jobId)?.expected_end_at).toBe(formatTime(now()));
  });

  test('an expected time is null for tasks that never ran, for everything behind one, and when it is over', async () => {
    const { scheduler, add } = await afterRunsOf([1]);
    await add();
    const { jobId: unknown } = await scheduler.addJob(request({ tasks: ['new'] }));
    const behind = await add();
    expect(scheduler.getJob(unknown)).toMatchObject({ expected_start_at: expect.any(String), expected_end_at: null });
    expect(scheduler.getJob(behind)).toMatchObject({ expected_start_at: null, expected_end_at: null });
    const [ended] = scheduler.listJobs({
      filter: { status: 'completed' },
      order: 'newest',
      cursor: null,
      limit: 1,
    }).jobs;
    expect(ended).toMatchObject({ expected_start_at: null, expected_end_at: null });
  });

  test.each([
    ['model', { model: 'other' }],
    ['limit', { limit: 10 }],
    ['num_gpus', { num_gpus: 4 }],
    ['gen_kwargs', { gen_kwargs: 'max_new_tokens=16' }],
  ])(
    'an expected time is null when no earlier job had the same %s: a wrong guess is worse than none',
    async (_, fields) => {
      const { scheduler } = await afterRunsOf([1]);
      const { jobId } = await scheduler.addJob(request(fields));
      expect(scheduler.getJob(jobId)).toMatchObject({ expected_end_at: null });
      const { jobId: same } = await scheduler.addJob(request({ limit: -1, model_args: { pretrained: 'ckpt-2' } }));
      expect(scheduler.getJob(same)).toMatchObject({ expected_start_at: null });
    },
  );

  test('an expected time is null when earlier jobs had another harness, and known again by those of its own', async () => {
    const { scheduler, control, pass, now } = await afterRunsOf([1]);
    const options = { ...noOptions, harness: 'other' };
    const { jobId } = await scheduler.addJob(request(), { options });
    expect(scheduler.getJob(jobId)).toMatchObject({ harness: 'other', expected_end_at: null });
    await until(() => control.launched.includes(jobId));
    pass(300_000);
    await control.end(jobId);
    await until(() => scheduler.getJob(jobId)?.status === 'completed');
    const { jobId: next } = await scheduler.addJob(request(), { options });
    expect(scheduler.getJob(next)?.expected_end_at).toBe(formatTime(now() + 300_000));
  });

  test('an expected time is the same for another checkpoint, and for all samples however that is asked', async () => {
    const { scheduler, now } = await afterRunsOf([2]);
    const { jobId } = await scheduler.addJob(request({ limit: -1, model_args: { pretrained: 'ckpt-2' } }));
    expect(scheduler.getJob(jobId)?.expected_end_at).toBe(formatTime(now() + 120_000));
  });

  test('an expected end follows the bar of the run itself from the first sample on, and the time that has passed since', async () => {
    const { scheduler, control, add, pass, now } = await afterRunsOf([60]);
    const [jobId, next] = [await add(), await add()];
    await until(() => control.launched.includes(jobId));
    const bar = { phase: 'Model Responding', total: 100, percent: 0, rate: null };
    const endOf = (id: string) => scheduler.getJob(id)?.expected_end_at;
    await control.progress(jobId, { ...bar, done: 0, eta_seconds: null });
    expect(endOf(jobId)).toBe(formatTime(now() + 3_600_000));
    await control.progress(jobId, { ...bar, done: 1, eta_seconds: 300 });
    expect(endOf(jobId)).toBe(formatTime(now() + 300_000));
    expect(scheduler.getJob(next)?.expected_start_at).toBe(formatTime(now() + 300_000));
    pass(100_000);
    expect(endOf(jobId)).toBe(formatTime(now() + 200_000));
    await control.progress(jobId, { ...bar, done: 50, eta_seconds: 20 });
    expect(endOf(jobId)).toBe(formatTime(now() + 20_000));
  });

  test('an expected end keeps what is left of a run when the clock is set', async () => {
    const { scheduler, control, add, setClock, now } = await afterRunsOf([]);
    const jobId = await add();
    await until(() => control.launched.includes(jobId));
    const progress = { phase: 'Model Responding', done: 1, total: 9, percent: 11.1, rate: 1, eta_seconds: 300 };
    await control.progress(jobId, progress);
    for (const jump of [3_600_000, -7_200_000]) {
      setClock(jump);
      expect(scheduler.getJob(jobId)?.expected_end_at).toBe(formatTime(now() + 300_000));
    }
  });

  test('an expected end of a run on an engine counts from when that gave it a node, and is null before', async () => {
    const control = controlledRuns({ onEngine: true });
    const { scheduler, add, pass, now, statusOf } = await scheduling({}, { control });
    const earlier = await add();
    await until(() => control.launched.includes(earlier));
    pass(3_600_000);
    await control.place(earlier, 'n1', 'RUNNING');
    await until(() => scheduler.getJob(earlier)?.backend?.node === 'n1');
    pass(60_000);
    await control.end(earlier);
    await until(() => statusOf(earlier) === 'completed');
    const jobId = await add();
    await until(() => control.launched.includes(jobId));
    expect(scheduler.getJob(jobId)?.expected_end_at).toBeNull();
    pass(1_000);
    await control.place(jobId, 'n1', 'RUNNING');
    await until(() => scheduler.getJob(jobId)?.expected_end_at !== null);
    expect(scheduler.getJob(jobId)?.expected_end_at).toBe(formatTime(now() + 60_000));
  });

  test('an expected time is null while the queue is paused', async () => {
    const { scheduler, add } = await afterRunsOf([1]);
    await scheduler.pauseQueue();
    expect(scheduler.getJob(await add())).toMatchObject({ status: 'queued', expected_start_at: null });
  });

  test('an expected start lets the jobs ahead take the slots as they come free', async () => {
    const { scheduler, add, now } = await afterRunsOf([2], 2);
    const [, , third, , fifth] = [await add(), await add(), await add(), await add(), await add()];
    expect(scheduler.getJob(third)?.expected_start_at).toBe(formatTime(now() + 2 * 60_000));
    expect(scheduler.getJob(fifth)?.expected_start_at).toBe(formatTime(now() + 4 * 60_000));
  });

  test('an expected start lets the jobs ahead take devices, in order: one that needs few waits behind one that needs many', async () => {
    const devices = ['0', '1', '2', '3'];
    const setting = await afterRunsOf([2], 4, devices, [1, 2, 4]);
    const { scheduler, now } = setting;
    const add = async (num_gpus: number) => (await scheduler.addJob(request({ num_gpus }))).jobId;
    const [, wide, narrow, last] = [await add(2), await add(4), await add(1), await add(4)];
    const starts = [wide, narrow, last].map((jobId) => scheduler.getJob(jobId)?.expected_start_at);
    expect(starts).toEqual([2, 4, 6].map((minutes) => formatTime(now() + minutes * 60_000)));
  });
});
