import { describe, expect, test } from 'vitest';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns, failedOutcome } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

describe('history', () => {
  test('the history keeps the newest within its limit; the others are forgotten with their own folders, whatever way a job ends', async () => {
    const { scheduler, control, statusOf, add } = await scheduling({
      maxCompletedJobs: 1,
      history: { jobs: 2, age: 1e9 },
    });
    const [first, second, third, fourth] = [await add(), await add(), await add(), await add()];
    await control.end(first);
    await until(() => statusOf(first) === 'completed');
    await control.end(second, failedOutcome);
    await until(() => statusOf(second) === 'failed');
    await scheduler.cancelJob(fourth);
    await until(() => statusOf(first) === undefined);
    expect([second, fourth, third].map(statusOf)).toEqual(['failed', 'cancelled', 'running']);
    expect(control.discarded).toEqual([first]);
  });

  test('the history answers for a job that is no longer live as for any that has ended', async () => {
    const { scheduler, control, statusOf, add } = await scheduling({ maxCompletedJobs: 0 });
    const jobId = await add();
    await control.end(jobId);
    await until(() => statusOf(jobId) === 'completed');
    expect(scheduler.getQueueStats().completed).toBe(0);
    await expect(scheduler.cancelJob(jobId)).rejects.toMatchObject({ code: 'jobFinished' });
  });

  test('the history forgets what is older than its age', async () => {
    const { control, pass, statusOf, add } = await scheduling({
      maxCompletedJobs: 0,
      history: { jobs: 100, age: 1_000 },
    });
    const [first, second] = [await add(), await add()];
    await control.end(first);
    await until(() => statusOf(first) === 'completed');
    pass(900);
    await control.end(second);
    await until(() => statusOf(second) === 'completed');
    expect(statusOf(first)).toBe('completed');
    pass(200);
    const third = await add();
    await control.end(third);
    await until(() => statusOf(first) === undefined);
    expect(statusOf(second)).toBe('completed');
    expect(control.discarded).toEqual([first]);
  });
});

test('scores have an age of their own: they outlive their job, or go before it', async () => {
  const history = { jobs: 0, age: 1e9, scores: 1_000 };
  const { control, journal, pass, statusOf, add } = await scheduling({ maxCompletedJobs: 0, history });
  const scored = () =>
    journal.journal.scores({ filter: {}, cursor: null, limit: 10 }).scores.map(({ source }) => source.jobId);
  const [first, second] = [await add(), await add()];
  await control.end(first);
  await until(() => statusOf(first) === undefined);
  expect(scored()).toEqual([first]);
  pass(1_001);
  await control.end(second);
  await until(() => statusOf(second) === undefined);
  await until(() => scored().length === 1);
  expect(scored()).toEqual([second]);
  expect(scored()).toEqual([second]);
});

describe('a job whose folders cannot be deleted', () => {
  test('a job whose folders cannot be deleted stays, and says so with the reason, as text too, until they can be', async () => {
    const control = controlledRuns();
    let reason: string | null = 'own cannot be deleted: a/b: EPERM';
    control.runs.discard = async () => {
      if (reason !== null) throw new Error(reason);
    };
    const setting = await scheduling({ maxCompletedJobs: 0, history: { jobs: 0, age: 1e9 } }, { control });
    const { scheduler, add, statusOf, pass } = setting;
    const first = await add();
    await control.end(first);
    await until(() => scheduler.getJob(first)?.warnings.length === 1);
    expect(scheduler.getJob(first)?.warnings).toEqual([`it is beyond the history and stays: ${reason}`]);
    reason = null;
    pass(3_600_001);
    const second = await add();
    await control.end(second);
    await until(() => statusOf(first) === undefined && statusOf(second) === undefined);
  });
});

describe('an idempotency key', () => {
  const key = (requestHash: string, name = 'k') => ({ key: name, requestHash });

  test('an idempotency key with the same request answers the same job, queued once, also for submissions at once', async () => {
    const { scheduler } = await scheduling();
    const answers = await Promise.all([1, 2, 3].map(() => scheduler.addJob(request(), { idempotency: key('same') })));
    expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1);
    expect(await scheduler.addJob(request(), { idempotency: key('same') })).toMatchObject({ jobId: answers[0]?.jobId });
    expect(await scheduler.addJob(request(), { idempotency: key('same', 'another') })).not.toMatchObject({
      jobId: answers[0]?.jobId,
    });
  });

  test('an idempotency key with another request is refused', async () => {
    const { scheduler } = await scheduling();
    await scheduler.addJob(request(), { idempotency: key('one') });
    await expect(scheduler.addJob(request(), { idempotency: key('two') })).rejects.toMatchObject({ code: 'keyReused' });
  });
});
