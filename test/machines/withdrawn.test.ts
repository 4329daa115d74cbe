import { expect, test } from 'vitest';
import type { JobScheduler } from '../../src/scheduler/jobScheduler.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

/** Two jobs that an engine was given, of which the first has begun, and one that waits for a slot. */
async function onEngine() {
  const setting = await scheduling({ slots: 2 }, { control: controlledRuns({ onEngine: true }) });
  const { scheduler, control, add } = setting;
  const [begun, handedOver, queued] = [await add(), await add(), await add()];
  await until(() => [begun, handedOver].every((jobId) => scheduler.getJob(jobId)?.backend != null));
  await control.place(begun, 'n1', 'RUNNING');
  await control.place(handedOver, '', 'PENDING');
  control.withdrawable.add(handedOver);
  return { ...setting, begun, handedOver, queued };
}

const typesOf = ({ journal }: Awaited<ReturnType<typeof scheduling>>, jobId: string) =>
  journal.commits.flat().flatMap((one) => (one.jobId === jobId ? [one.type] : []));

const stopping = (scheduler: JobScheduler) => {
  let isOver = false;
  const over = scheduler.stop('stop').then(() => {
    isOver = true;
  });
  return { over, isOver: () => isOver };
};

test('a scheduler that is stopped ends what has begun on its engine, and takes back what has not', async () => {
  const before = await onEngine();
  const { scheduler, control, begun, handedOver, queued, statusOf } = before;
  const stop = stopping(scheduler);
  await until(() => typesOf(before, handedOver).includes('withdrawn'));
  expect(stop.isOver()).toBe(false);
  expect(scheduler.getJob(handedOver)).toMatchObject({ status: 'running', backend: null });
  // What it would answer is of a run that there is no more.
  await expect(scheduler.stopJob(handedOver)).rejects.toMatchObject({ code: 'intakeClosed' });
  await control.end(begun);
  await stop.over;
  expect([begun, handedOver, queued].map(statusOf)).toEqual(['failed', 'running', 'queued']);
  expect(scheduler.getJob(begun)?.failure_kind).toBe('interrupted');
  expect(typesOf(before, handedOver)).toEqual(['submitted', 'started', 'launched', 'withdrawn']);
});

test('the next scheduler launches what was taken back, before anything that waits, and it runs once', async () => {
  const before = await onEngine();
  const { scheduler, control, begun, handedOver, queued } = before;
  const stop = stopping(scheduler);
  await control.end(begun);
  await stop.over;
  const again = controlledRuns({ onEngine: true });
  const after = await scheduling({ slots: 1 }, { control: again, journal: before.journal });
  await until(() => again.launched.length === 1);
  expect(again.launched).toEqual([handedOver]);
  await again.end(handedOver);
  await until(() => again.launched.length === 2);
  expect(after.statusOf(handedOver)).toBe('completed');
  expect(again.launched).toEqual([handedOver, queued]);
});

test('a job that is asked to stop while its run is taken back is stopped, not launched again', async () => {
  const claim = Promise.withResolvers<boolean>();
  const control = controlledRuns({ onEngine: true });
  control.runs.withdraw = () => claim.promise;
  const { scheduler, add, statusOf } = await scheduling({}, { control });
  const jobId = await add();
  await until(() => scheduler.getJob(jobId)?.backend != null);
  const stop = stopping(scheduler);
  await scheduler.stopJob(jobId, 'ana');
  claim.resolve(true);
  await until(() => control.stops.length > 0);
  await control.gone(jobId);
  await stop.over;
  expect(statusOf(jobId)).toBe('failed');
  expect(scheduler.getJob(jobId)?.failure_kind).toBe('stopped');
});
