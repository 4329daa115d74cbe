import { describe, expect, test } from 'vitest';
import type { TransitionReport } from '../../src/schemas/server/machines.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { failedOutcome } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

/** A started scheduler, and what it tells of its machines. */
async function observed(...how: Parameters<typeof scheduling>) {
  const parts = await scheduling(...how);
  const reports: TransitionReport[] = [];
  const stopObserving = parts.scheduler.observeTransitions((report) => reports.push(report));
  const pathOf = (machine: string, jobId: string | null) =>
    reports
      .filter((report) => report.machine === machine && report.job_id === jobId)
      .map(({ from, to }) => `${from} ${to}`);
  return { ...parts, reports, stopObserving, pathOf };
}

const wholeRun = [
  'entering preparing',
  'preparing launching',
  'launching running',
  'running.working running.lingering',
  'running collecting',
  'collecting concluding',
  'concluding settled',
];

describe('an observer', () => {
  test('an observer gets each transition of every machine, once and in order', async () => {
    const { add, control, scheduler, statusOf, pathOf, reports } = await observed();
    const [first, second, third] = [await add(), await add(), await add()];
    await scheduler.cancelJob(third);
    await control.end(first);
    await control.end(second, failedOutcome);
    await until(() => statusOf(second) === 'failed');
    expect(pathOf('job', first)).toEqual(['null queued', 'queued running', 'running completed']);
    expect(pathOf('job', second)).toEqual(['null queued', 'queued running', 'running failed']);
    expect(pathOf('job', third)).toEqual(['null queued', 'queued cancelled']);
    expect(pathOf('runner', first)).toEqual(wholeRun);
    expect(pathOf('runner', second)).toEqual(wholeRun);
    expect(pathOf('scheduler', null)).toEqual(['dispatch.idle dispatch.busy', 'dispatch.busy dispatch.idle']);
    const times = reports.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
  });

  test('an observer gets the name of each transition in the drawings, and the state it led to', async () => {
    const { add, control, statusOf, reports } = await observed();
    const jobId = await add();
    await control.end(jobId);
    await until(() => statusOf(jobId) === 'completed');
    const find = (machine: string, to: string) =>
      reports.find((report) => report.machine === machine && report.to === to);
    expect(find('scheduler', 'dispatch.busy')).toMatchObject({
      actor: 'scheduler',
      transition: 'dispatch.idle--always--dispatch.busy--canStart',
      states: ['intake.open', 'dispatch.busy', 'readiness.idle'],
    });
    expect(find('runner', 'running')).toMatchObject({
      actor: `runner:${jobId}`,
      transition: 'launching--done.launch--running',
      states: ['running.working'],
    });
    expect(find('job', 'queued')).toMatchObject({
      event: 'job.submit',
      from: null,
      transition: null,
      states: ['queued'],
    });
    expect(find('job', 'completed')).toMatchObject({
      actor: jobId,
      event: 'job.complete',
      transition: 'running--job.complete--completed',
    });
  });

  test('an observer gets the transitions of jobs of an earlier server too, but not that they were restored', async () => {
    const before = await scheduling();
    const [running, waiting] = [await before.add(), await before.add()];
    await until(() => before.scheduler.getJob(running)?.log !== null);

    const { control, statusOf, pathOf } = await observed({}, { journal: before.journal });
    await control.end(running);
    await control.end(waiting);
    await until(() => statusOf(waiting) === 'completed');
    expect(pathOf('job', running)).toEqual(['running completed']);
    expect(pathOf('job', waiting)).toEqual(['queued running', 'running completed']);
  });

  test('an observer gets nothing of a submission that could not be written', async () => {
    const { scheduler, journal, add, reports } = await observed();
    journal.break('disk full');
    await expect(add()).rejects.toMatchObject({ code: 'intakeClosed' });
    expect(reports.filter(({ machine }) => machine === 'job')).toEqual([]);
    expect(reports.map(({ to }) => to)).toContain('intake.closed.unwritable');
    expect(scheduler.getLiveStates().scheduler).toEqual([
      'intake.closed.unwritable',
      'dispatch.idle',
      'readiness.idle',
    ]);
  });

  test('an observer that stops gets nothing more, and others still do', async () => {
    const { scheduler, add, reports, stopObserving } = await observed();
    const others: TransitionReport[] = [];
    scheduler.observeTransitions((report) => others.push(report));
    stopObserving();
    await add();
    expect(reports).toEqual([]);
    expect(others).not.toEqual([]);
  });
});

test('an observer that fails breaks nothing, and is logged', async () => {
  const { scheduler, add, problems, reports } = await observed();
  scheduler.observeTransitions(() => {
    throw new Error('no ear');
  });
  await add();
  expect(problems).toContainEqual(expect.stringContaining('no ear'));
  expect(reports).not.toEqual([]);
  expect(scheduler.getHealth().degraded).toBeNull();
});

test('the live states are those of the scheduler, of each runner, and the counts of jobs', async () => {
  const { scheduler, add, control } = await scheduling({ slots: 2 });
  expect(scheduler.getLiveStates()).toEqual({
    scheduler: ['intake.open', 'dispatch.idle', 'readiness.idle'],
    runners: [],
    trackers: [],
    jobs: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
  });
  const [first, second] = [await add(), await add()];
  await add();
  await until(() => control.launched.length === 2);
  await control.exit(first);
  expect(scheduler.getLiveStates()).toEqual({
    scheduler: ['intake.open', 'dispatch.busy', 'readiness.idle'],
    runners: [
      { job_id: first, states: ['running.lingering'] },
      { job_id: second, states: ['running.working'] },
    ],
    trackers: [],
    jobs: { queued: 1, running: 2, completed: 0, failed: 0, cancelled: 0 },
  });
});
