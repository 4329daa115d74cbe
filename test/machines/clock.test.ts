import { describe, expect, test } from 'vitest';
import { jobInfo } from '../../src/projections/job.ts';
import { newRecord } from '../../src/schemas/job/jobRecord.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome, controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const jumps = [-HOUR, -YEAR, HOUR, 10 * YEAR];
const startAt = 1_800_000_000_000;
const timed = () => scheduling({}, { startAt });

describe.each(jumps)('a clock that jumps by %i ms while a run is on', (jump) => {
  test('a clock that jumps during a run changes nothing of its duration, and it ends no earlier than it began', async () => {
    const { scheduler, control, add, pass, setClock, journal } = await timed();
    const jobId = await add();
    await until(() => scheduler.getJob(jobId)?.log !== null);
    pass(90_000);
    setClock(jump);
    await control.end(jobId);
    await until(() => scheduler.getJob(jobId)?.status === 'completed');
    const job = scheduler.getJob(jobId);
    expect(job?.duration_seconds).toBe(90);
    expect(Date.parse(String(job?.completed_at))).toBeGreaterThanOrEqual(Date.parse(String(job?.started_at)));
    expect(journal.journal.durations(request(), 10)).toEqual([90_000]);
  });

  test('a clock that jumps gives a run neither more nor less time than it has, across a restart as well', async () => {
    const before = await scheduling({ timeout: 60 }, { startAt });
    const jobId = await before.add();
    await until(() => before.scheduler.getJob(jobId)?.log !== null);
    const control = controlledRuns();
    const parts = { control, journal: before.journal, startAt: startAt + 50_000, wrong: jump };
    const { clock } = await scheduling({ timeout: 60 }, parts);
    clock.increment(9_999);
    expect(control.stops).toEqual([]);
    clock.increment(1);
    await until(() => control.stops.length === 1);
  });

  test('a clock that jumps deletes nothing of the history, whatever ends meanwhile', async () => {
    const { scheduler, control, add, pass, setClock, journal } = await scheduling(
      { history: { jobs: 100, age: 24 * HOUR } },
      { startAt },
    );
    const ended = async () => {
      const jobId = await add();
      await until(() => scheduler.getJob(jobId)?.log !== null);
      await control.end(jobId);
      await until(() => scheduler.getJob(jobId)?.status === 'completed');
      return jobId;
    };
    const first = await ended();
    pass(1_000);
    setClock(jump);
    const second = await ended();
    setClock(0);
    const third = await ended();
    await scheduler.cleanupOldJobs();
    expect([first, second, third].map((jobId) => journal.journal.find(jobId)?.status)).toEqual(
      Array(3).fill('completed'),
    );
    // They are in the order in which they ended, and go when they are old.
    expect(journal.journal.restore(2).map(({ jobId }) => jobId)).toEqual([second, third]);
    pass(24 * HOUR + 1);
    const last = await ended();
    await until(() => journal.journal.find(third) === undefined);
    expect(journal.journal.find(last)?.status).toBe('completed');
  });
});

test('a job that waits is not shown to be cancelled before it was submitted', async () => {
  const { scheduler, add, setClock } = await timed();
  await add();
  const jobId = await add();
  setClock(-HOUR);
  await scheduler.cancelJob(jobId);
  const { created_at, completed_at, duration_seconds } = scheduler.getJob(jobId) ?? {};
  expect([completed_at, duration_seconds]).toEqual([created_at, null]);
});

test('a duration that an earlier version recorded by its clock is never less than nothing', () => {
  const record = { ...newRecord(newJob('a')), status: 'completed' as const, outcome: completedOutcome };
  expect(jobInfo({ ...record, startedAt: 5_000, endedAt: 9_000 }).duration_seconds).toBe(4);
  expect(jobInfo({ ...record, startedAt: 9_000, endedAt: 5_000 }).duration_seconds).toBe(0);
});
