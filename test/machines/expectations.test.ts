import { describe, expect, test } from 'vitest';
import { formatTime } from '../../src/schemas/time.ts';
import { request } from '../support/request.ts';
import { scheduling } from '../support/scheduling.ts';
import { until } from '../support/until.ts';

async function afterRunsOf(minutes: number[], slots = 1, devices: string[] | null = null) {
  const setting = await scheduling({ slots, devices });
  const { scheduler, control, pass, statusOf } = setting;
  for (const duration of minutes) {
    const { jobId } = await scheduler.addJob(request());
    await until(() => control.launched.includes(jobId));
    pass(duration * 60_000);
    await control.end(jobId);
    await until(() => statusOf(jobId) === 'completed');
  }
  return setting;
}

describe('what is expected of a job', () => {
  test('comes from the median of what the same tasks took, through the queue', async () => {
    const { scheduler, add, pass, now } = await afterRunsOf([1, 10, 3]);
    const [running, next, last] = [await add(), await add(), await add()];
    const began = now();
    pass(60_000);
    const expected = [running, next, last].map((id) => scheduler.getJob(id));
    expect(expected.map((job) => job?.expected_start_at)).toEqual([0, 3, 6].map((m) => formatTime(began + m * 60_000)));
    expect(expected.map((job) => job?.expected_end_at)).toEqual([3, 6, 9].map((m) => formatTime(began + m * 60_000)));
  });

  test('is never in the past: a run that takes longer may end at any moment', async () => {
    const { scheduler, control, add, pass, now } = await afterRunsOf([1]);
    const jobId = await add();
    await until(() => control.launched.includes(jobId));
    pass(600_000);
    expect(scheduler.getJob(jobId)?.expected_end_at).toBe(formatTime(now()));
  });

  test('is null for tasks that never ran, for everything behind one, and when it is over', async () => {
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

  test('is null while the queue is paused', async () => {
    const { scheduler, add } = await afterRunsOf([1]);
    await scheduler.pauseQueue();
    expect(scheduler.getJob(await add())).toMatchObject({ status: 'queued', expected_start_at: null });
  });

  test('lets the jobs ahead take the slots as they come free', async () => {
    const { scheduler, add, now } = await afterRunsOf([2], 2);
    const [, , third, , fifth] = [await add(), await add(), await add(), await add(), await add()];
    expect(scheduler.getJob(third)?.expected_start_at).toBe(formatTime(now() + 2 * 60_000));
    expect(scheduler.getJob(fifth)?.expected_start_at).toBe(formatTime(now() + 4 * 60_000));
  });

  test('lets the jobs ahead take devices, in order: who needs few waits behind who needs many', async () => {
    const devices = ['0', '1', '2', '3'];
    const setting = await afterRunsOf([2], 4, devices);
    const { scheduler, now } = setting;
    const add = async (num_gpus: number) => (await scheduler.addJob(request({ num_gpus }))).jobId;
    const [, wide, narrow, last] = [await add(2), await add(4), await add(1), await add(4)];
    const starts = [wide, narrow, last].map((jobId) => scheduler.getJob(jobId)?.expected_start_at);
    expect(starts).toEqual([2, 4, 6].map((minutes) => formatTime(now() + minutes * 60_000)));
  });
});
