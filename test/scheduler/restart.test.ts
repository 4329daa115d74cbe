import { describe, expect, test } from 'vitest';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

describe('a scheduler that finds the journal of an earlier one', () => {
  test('a restarted scheduler has every job back: in order, with its id, times, position and outcome', async () => {
    const before = await scheduling();
    const ids = [await before.add(), await before.add(), await before.add(), await before.add()];
    await before.control.end(String(ids[0]));
    await until(() => before.control.launched.length === 2);
    await before.scheduler.cancelJob(String(ids[2]));
    await until(() => before.scheduler.getJob(String(ids[1]))?.log !== null);
    const told = ids.map((id) => before.scheduler.getJobWithPosition(id));

    const after = await scheduling({}, { journal: before.journal });
    expect(ids.map((id) => after.scheduler.getJobWithPosition(id))).toEqual(told);
    expect(after.scheduler.getQueueStats()).toEqual(before.scheduler.getQueueStats());
  });

  test('a restarted scheduler watches the run that is under way and launches it not again', async () => {
    const before = await scheduling();
    const jobId = await before.add();
    await until(() => before.scheduler.getJob(jobId)?.log !== null);

    const after = await scheduling({}, { journal: before.journal });
    await after.control.end(jobId);
    await until(() => after.statusOf(jobId) === 'completed');
    expect(after.control.launched).toEqual([]);
  });

  test('a restarted scheduler launches a run that was decided and never launched, once, before anything that waited', async () => {
    const before = await scheduling();
    const launch = Promise.withResolvers<never>();
    before.control.runs.launch = () => launch.promise;
    const [first, second] = [await before.add(), await before.add()];
    await until(() => before.statusOf(first) === 'running');

    const after = await scheduling({}, { journal: before.journal });
    await after.control.end(first);
    await after.control.end(second);
    await until(() => after.statusOf(second) === 'completed');
    expect(after.control.launched).toEqual([first, second]);
  });

  test('a restarted scheduler finds a run that was launched and not recorded', async () => {
    const before = await scheduling();
    before.control.runs.launch = () => Promise.withResolvers<never>().promise;
    const jobId = await before.add();
    await until(() => before.statusOf(jobId) === 'running');

    const control = controlledRuns();
    control.recoverable.set(jobId, {
      prepared: { output: '/o', ownOutput: true, log: '/o/log', before: [] },
      handle: { jobId },
    });
    const after = await scheduling({}, { journal: before.journal, control });
    await control.end(jobId);
    await until(() => after.statusOf(jobId) === 'completed');
    expect(control.launched).toEqual([]);
    expect(after.scheduler.getJob(jobId)?.log).toBe('/o/log');
  });

  test('a scheduler leaves what runs when asked to, and the next one picks it up', async () => {
    const before = await scheduling();
    const [running, waiting] = [await before.add(), await before.add()];
    await until(() => before.control.launched.length === 1);
    await before.scheduler.stop('leave');
    expect(before.control.stops).toEqual([]);

    const after = await scheduling({}, { journal: before.journal });
    expect(after.statusOf(running)).toBe('running');
    await after.control.end(running);
    await until(() => after.statusOf(running) === 'completed');
    await until(() => after.statusOf(waiting) === 'running');
  });

  test('a restarted scheduler knows the idempotency keys of the earlier one', async () => {
    const before = await scheduling();
    const key = { key: 'k', requestHash: 'h' };
    const { jobId } = await before.scheduler.addJob(request(), { idempotency: key });
    const after = await scheduling({}, { journal: before.journal });
    expect(await after.scheduler.addJob(request(), { idempotency: key })).toMatchObject({ jobId });
  });
});
