import { describe, expect, test } from 'vitest';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { expectStopAfter, expectTimedOut } from '../support/server/limits.ts';
import { until } from '../support/waiting/until.ts';

const withOptions = (options: Partial<typeof noOptions>) => ({ options: { ...noOptions, ...options } });

describe('a run that takes longer than its job allows', () => {
  test('a run that takes longer than its job allows is ended, and its job fails as timedOut with the seconds it had', async () => {
    const setting = await scheduling();
    const { scheduler } = setting;
    const { jobId } = await scheduler.addJob(request(), withOptions({ timeout: 60 }));
    await until(() => scheduler.getJob(jobId)?.log !== null);
    await expectStopAfter(setting, 60_000);
    await expectTimedOut(setting, jobId, 60);
  });

  test('a run has no more time after a restart of the server than before', async () => {
    const before = await scheduling();
    const { jobId } = await before.scheduler.addJob(request(), withOptions({ timeout: 60 }));
    await until(() => before.scheduler.getJob(jobId)?.log !== null);
    const later = await scheduling({}, { journal: before.journal, startAt: 51_000 });
    await expectStopAfter(later, 10_000);
  });

  test('a run is given the time that the server allows when its job does not say', async () => {
    const { scheduler, control, clock } = await scheduling({ timeout: 5 });
    const { jobId } = await scheduler.addJob(request());
    await until(() => scheduler.getJob(jobId)?.log !== null);
    clock.increment(5_000);
    await until(() => control.stops.length === 1);
  });
});

describe('a run that has the results of all its tasks', () => {
  test('a run with the results of all its tasks is ended when it is silent for the time to linger, and is judged by them', async () => {
    const { scheduler, control, clock, statusOf } = await scheduling({ linger: 60 });
    const { jobId } = await scheduler.addJob(request(), withOptions({ stall_timeout: 10 }));
    await until(() => scheduler.getJob(jobId)?.log !== null);
    await control.sign(jobId, { type: 'run.saved' });
    for (let look = 0; look < 3; look++) {
      clock.increment(59_000);
      await control.sign(jobId, { type: 'run.output' });
    }
    expect(control.stops).toEqual([]);
    clock.increment(60_000);
    await until(() => control.stops.length === 1);
    await control.exit(jobId, { kind: 'signal', signal: 'SIGTERM' });
    await control.gone(jobId);
    await until(() => statusOf(jobId) === 'completed');
  });

  test('a run with the results of all its tasks may be silent when the time to linger has no end, unless it may not stall', async () => {
    const { scheduler, control, clock } = await scheduling({ linger: null });
    const { jobId } = await scheduler.addJob(request());
    await until(() => scheduler.getJob(jobId)?.log !== null);
    await control.sign(jobId, { type: 'run.saved' });
    clock.increment(1_000_000_000);
    expect(control.stops).toEqual([]);
    const { jobId: stalling } = await scheduler.addJob(request(), withOptions({ stall_timeout: 10 }));
    await control.end(jobId);
    await until(() => scheduler.getJob(stalling)?.log !== null);
    await control.sign(stalling, { type: 'run.saved' });
    clock.increment(10_000);
    await until(() => control.stops.length === 1);
  });
});

describe('a run that shows no output for longer than its job allows', () => {
  test('a run without output for longer than its job allows is ended as stalled; every sign of life restarts the limit', async () => {
    const { scheduler, control, clock, statusOf } = await scheduling();
    const { jobId } = await scheduler.addJob(request(), withOptions({ stall_timeout: 10 }));
    await until(() => scheduler.getJob(jobId)?.log !== null);
    for (let look = 0; look < 3; look++) {
      clock.increment(9_000);
      await control.sign(jobId, { type: 'run.output' });
    }
    expect(control.stops).toEqual([]);
    clock.increment(10_000);
    await until(() => control.stops.length === 1);
    await control.gone(jobId);
    await until(() => statusOf(jobId) === 'failed');
    expect(scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'stalled' });
  });

  test('a run that has ended by itself is not stalled, however long what it left behind takes', async () => {
    const { scheduler, control, clock, statusOf } = await scheduling({ grace: 60_000 });
    const { jobId } = await scheduler.addJob(request(), withOptions({ stall_timeout: 10, timeout: 20 }));
    await until(() => scheduler.getJob(jobId)?.log !== null);
    await control.exit(jobId);
    clock.increment(30_000);
    await control.gone(jobId);
    await until(() => statusOf(jobId) === 'completed');
  });
});

describe('priorities', () => {
  test('higher priorities start first; first in, first out within one; also after a restart', async () => {
    const before = await scheduling();
    const add = async (priority: number) => (await before.scheduler.addJob(request(), withOptions({ priority }))).jobId;
    const [running, low, high, highest, alsoHigh] = [
      await add(0),
      await add(-5),
      await add(5),
      await add(9),
      await add(5),
    ];
    const order = [highest, high, alsoHigh, low];
    expect(before.scheduler.getQueueStats()).toMatchObject({ runningJob: running, queued: order });
    expect(order.map((id) => before.scheduler.getJob(id)?.position_in_queue)).toEqual([0, 1, 2, 3]);
    const after = await scheduling({}, { journal: before.journal });
    expect(after.scheduler.getQueueStats()).toMatchObject({ runningJob: running, queued: order });
    const { jobId } = await after.scheduler.addJob(request(), withOptions({ priority: 5 }));
    expect(after.scheduler.getJob(jobId)?.position_in_queue).toBe(3);
  });
});
