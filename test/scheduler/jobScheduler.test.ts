import { describe, expect, test } from 'vitest';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome, failedOutcome } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

describe('a job', () => {
  test('a job that is submitted to an idle server has position 0, runs, and completes with its own outcome', async () => {
    const { scheduler, control, statusOf } = await scheduling();
    const { jobId, position } = await scheduler.addJob(request(), { warnings: ['odd'] });
    expect(position).toBe(0);
    await until(() => control.launched.length === 1);
    expect(scheduler.getJobWithPosition(jobId)).toMatchObject({ status: 'running', position_in_queue: null });
    await control.end(jobId);
    await until(() => statusOf(jobId) === 'completed');
    expect(scheduler.getJob(jobId)).toMatchObject({
      result: completedOutcome.status === 'completed' && completedOutcome.result,
      metrics: { t1: { acc: { value: 0.5 } } },
      error: null,
      warnings: ['odd'],
      position_in_queue: null,
    });
  });

  test('a job whose run fails is failed, with a kind and a text, and the next one starts', async () => {
    const { scheduler, control, statusOf, add } = await scheduling();
    const [first, second] = [await add(), await add()];
    await control.end(first, failedOutcome);
    await until(() => control.launched.length === 2);
    expect(scheduler.getJob(first)).toMatchObject({ status: 'failed', failure_kind: 'exited', result: null });
    expect(scheduler.getJob(first)?.error).toContain('return code 3');
    expect(statusOf(second)).toBe('running');
  });

  test('a job that cannot be launched fails as `launch`, and the slot is free again', async () => {
    const { scheduler, control, statusOf, add } = await scheduling();
    control.failLaunches(new Error('no such program'));
    const jobId = await add();
    await until(() => statusOf(jobId) === 'failed');
    expect(scheduler.getJob(jobId)).toMatchObject({
      failure_kind: 'launch',
      error: expect.stringContaining('no such program'),
    });
  });
});

describe('the queue', () => {
  test('the queue runs one job at a time, first in, first out, and shows each how many are ahead', async () => {
    const { scheduler, control, add } = await scheduling();
    const ids = [await add(), await add(), await add()];
    await until(() => control.launched.length === 1);
    expect(ids.map((id) => scheduler.getJobWithPosition(id)?.position_in_queue)).toEqual([null, 0, 1]);
    for (const id of ids) await control.end(id);
    await until(() => scheduler.getQueueStats().completed === 3);
    expect(control.launched).toEqual(ids);
  });

  test('the queue moves everyone behind a cancelled job up by one, wherever it stood', async () => {
    const { scheduler, add } = await scheduling();
    const [running, ...waiting] = [await add(), await add(), await add(), await add()];
    for (const victim of [waiting[1], waiting[0], waiting[2]]) {
      const before = scheduler.getQueueStats().queued;
      await scheduler.cancelJob(String(victim));
      expect(scheduler.getQueueStats().queued).toEqual(before.filter((id) => id !== victim));
    }
    expect(scheduler.getQueueStats()).toMatchObject({ queued: [], cancelled: 3, runningJob: running });
  });

  test('the queue refuses to cancel what runs, what has ended, what was cancelled and what it never knew', async () => {
    const { scheduler, control, statusOf, add } = await scheduling();
    const [first, second] = [await add(), await add()];
    await until(() => statusOf(first) === 'running');
    await expect(scheduler.cancelJob(first)).rejects.toMatchObject({
      message: `Cannot cancel a running job: POST /jobs/${first}/stop ends it`,
    });
    await scheduler.cancelJob(second);
    await control.end(first);
    await until(() => statusOf(first) === 'completed');
    for (const id of [first, second]) {
      await expect(scheduler.cancelJob(id)).rejects.toMatchObject({
        code: 'jobFinished',
        message: 'Job already finished or cancelled',
      });
    }
    await expect(scheduler.cancelJob('nobody')).rejects.toMatchObject({
      code: 'jobNotFound',
      message: 'Job nobody not found',
    });
  });

  test('the queue takes two cancellations at once of the same job as one cancelled and one refused', async () => {
    const { scheduler, add } = await scheduling();
    await add();
    const jobId = await add();
    const answers = await Promise.allSettled([scheduler.cancelJob(jobId), scheduler.cancelJob(jobId)]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('the queue refuses a submission beyond its length and accepts one again when there is room', async () => {
    const { scheduler, statusOf, add } = await scheduling({ maxQueue: 2 });
    const first = await add();
    await until(() => statusOf(first) === 'running');
    const [second] = [await add(), await add()];
    await expect(scheduler.addJob(request())).rejects.toMatchObject({ code: 'queueFull' });
    expect(scheduler.getQueueStats().queued).toHaveLength(2);
    await scheduler.cancelJob(second);
    await expect(scheduler.addJob(request())).resolves.toMatchObject({ position: 1 });
  });

  test('the queue keeps its length when many submissions come at once', async () => {
    const { scheduler } = await scheduling({ maxQueue: 5 });
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => scheduler.addJob(request())));
    // The first is started as soon as it is in, which makes room for no more than one.
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(6);
    expect(scheduler.getQueueStats().queued.length).toBeLessThanOrEqual(5);
  });

  test('the queue fills as many slots as there are and never more', async () => {
    const { scheduler, control, add } = await scheduling({ slots: 3 });
    const ids = await Promise.all(Array.from({ length: 8 }, add));
    let most = 0;
    for (const id of ids) {
      await until(() => control.launched.includes(id));
      most = Math.max(most, scheduler.getHealth().running);
      await control.end(id);
    }
    await until(() => scheduler.getQueueStats().completed === 8);
    expect(most).toBe(3);
    expect(control.launched).toEqual(ids);
  });
});

describe('finished jobs', () => {
  test('finished jobs stay live up to the limit and are counted; older ones stay readable', async () => {
    const { scheduler, control, statusOf, add } = await scheduling({ maxCompletedJobs: 2 });
    const [first, second, third, fourth] = [await add(), await add(), await add(), await add()];
    await control.end(first);
    await until(() => statusOf(first) === 'completed');
    await control.end(second, failedOutcome);
    await until(() => statusOf(second) === 'failed');
    await scheduler.cancelJob(fourth);
    // The oldest is no longer live, and still readable.
    expect([first, second, fourth].map(statusOf)).toEqual(['completed', 'failed', 'cancelled']);
    expect(scheduler.getQueueStats()).toMatchObject({ completed: 0, failed: 1, cancelled: 1, runningJob: third });
    expect(await scheduler.cleanupOldJobs()).toBe(0);
  });
});

describe('two jobs with the same output_dir', () => {
  test('two jobs with the same output_dir never run at the same time, and the order holds', async () => {
    const { scheduler, control } = await scheduling({ slots: 3 });
    const submit = async (output_dir: string | null) => (await scheduler.addJob(request({ output_dir }))).jobId;
    const [first, second, third] = [await submit('/results'), await submit('/results'), await submit(null)];
    await until(() => control.launched.length === 1);
    expect(scheduler.getQueueStats()).toMatchObject({ runningJobs: [first], queued: [second, third] });
    await control.end(first);
    await until(() => control.launched.length === 3);
    expect(control.launched).toEqual([first, second, third]);
  });
});

describe('stopping the scheduler', () => {
  test('stopping the scheduler ends what runs, waits until it is gone, and takes nothing meanwhile', async () => {
    const { scheduler, control, statusOf, add } = await scheduling();
    const [running, waiting] = [await add(), await add()];
    await until(() => control.launched.length === 1);
    let stopped = false;
    const stopping = scheduler.stop().then(() => {
      stopped = true;
    });
    await until(() => control.stops.length === 1);
    await expect(scheduler.addJob(request())).rejects.toMatchObject({ code: 'intakeClosed' });
    await expect(scheduler.cancelJob(waiting)).rejects.toMatchObject({ code: 'intakeClosed' });
    expect(scheduler.getHealth().degraded).toContain('shutting down');
    expect(stopped).toBe(false);
    await control.gone(running);
    await stopping;
    expect(statusOf(running)).toBe('failed');
    expect(scheduler.getJob(running)?.failure_kind).toBe('interrupted');
    expect(statusOf(waiting)).toBe('queued');
    expect(control.launched).toEqual([running]);
  });

  test('stopping the scheduler kills after the grace period what does not end', async () => {
    const { scheduler, control, clock, add } = await scheduling({ grace: 10_000 });
    const jobId = await add();
    await until(() => control.launched.length === 1);
    const stopping = scheduler.stop();
    await until(() => control.stops.length === 1);
    clock.increment(9_999);
    expect(control.stops.map(({ how }) => how)).toEqual(['terminate']);
    clock.increment(1);
    await until(() => control.stops.length === 2);
    expect(control.stops.map(({ how }) => how)).toEqual(['terminate', 'kill']);
    await control.gone(jobId);
    await stopping;
  });

  test('stopping the scheduler while a start is under way leaves no run behind', async () => {
    const { scheduler, control } = await scheduling();
    const { jobId } = await scheduler.addJob(request());
    const stopping = scheduler.stop();
    await until(() => control.launched.length === 0 || control.stops.length > 0);
    if (control.launched.length > 0) await control.gone(jobId);
    await stopping;
  });
});

describe('a program that leaves processes behind', () => {
  test('a program that leaves processes behind keeps its slot until they are gone; they are ended after the grace period', async () => {
    const { control, clock, statusOf, add } = await scheduling({ grace: 5_000 });
    const [first, second] = [await add(), await add()];
    await control.exit(first);
    await until(() => control.launched.length === 1);
    expect(statusOf(first)).toBe('running');
    clock.increment(5_000);
    await until(() => control.stops.length === 1);
    expect(statusOf(second)).toBe('queued');
    await control.gone(first);
    await until(() => statusOf(first) === 'completed');
    await until(() => statusOf(second) === 'running');
  });
});
