import { describe, expect, test } from 'vitest';
import { request } from '../support/request.ts';
import { scheduling } from '../support/scheduling.ts';
import { until } from '../support/until.ts';

describe('commit, then apply', () => {
  test('a submission is not answered and not visible before it is on disk', async () => {
    const { journal, scheduler } = await scheduling();
    journal.hold();
    let answered = false;
    const added = scheduler.addJob(request()).then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => true);
    expect(answered).toBe(false);
    expect(scheduler.getQueueStats()).toMatchObject({ queued: [], runningJob: null });
    journal.release();
    const { jobId } = await added;
    expect(scheduler.getJob(jobId)).toBeDefined();
  });

  test('what arrives while a commit is under way goes into the next one', async () => {
    const { journal, scheduler } = await scheduling();
    journal.hold();
    const answers = Array.from({ length: 10 }, () => scheduler.addJob(request()));
    await until(() => true);
    journal.release();
    await Promise.all(answers);
    const submissions = journal.commits.map((commit) => commit.filter(({ type }) => type === 'submitted').length);
    expect(submissions.slice(0, 2)).toEqual([1, 9]);
  });

  test('a start is on disk before anything is launched', async () => {
    const { journal, control, add } = await scheduling();
    await add();
    await until(() => control.launched.length === 1);
    expect(journal.commits.flat().map(({ type }) => type)).toContain('started');
  });

  test('a submission that cannot be written is refused with the reason and changes nothing', async () => {
    const { journal, scheduler } = await scheduling();
    journal.break('database or disk is full');
    await expect(scheduler.addJob(request())).rejects.toMatchObject({
      code: 'intakeClosed',
      message: expect.stringContaining('database or disk is full'),
    });
    expect(scheduler.getQueueStats()).toMatchObject({ queued: [], completed: 0, failed: 0 });
    expect(scheduler.getHealth().degraded).toContain('journal');
  });

  test('a cancellation that cannot be written leaves the job where it was', async () => {
    const { journal, scheduler, add } = await scheduling();
    const [, waiting] = [await add(), await add()];
    journal.break('I/O error');
    expect(await scheduler.cancelJob(waiting)).toMatchObject({ cancelled: false, code: 'intakeClosed' });
    expect(scheduler.getJobWithPosition(waiting)).toMatchObject({ status: 'queued', position_in_queue: 0 });
  });

  test('intake opens again by itself when writing works again, and what waits is started', async () => {
    const { journal, clock, scheduler, control, add, statusOf } = await scheduling();
    const first = await add();
    await until(() => control.launched.length === 1);
    const second = await add();
    journal.break('I/O error');
    await control.end(first);
    await until(() => scheduler.getHealth().degraded !== null);
    clock.increment(1_000);
    expect(statusOf(first)).toBe('running');
    journal.mend();
    clock.increment(1_000);
    await until(() => statusOf(first) === 'completed');
    await until(() => statusOf(second) === 'running');
    expect(scheduler.getHealth().degraded).toBeNull();
  });

  test('what happened to a run is written in the order in which it happened, also when the journal fails for a moment', async () => {
    const { journal, clock, scheduler, control, problems, add, statusOf } = await scheduling();
    const launch = Promise.withResolvers<{ jobId: string }>();
    control.runs.launch = () => launch.promise;
    const jobId = await add();
    await until(() => statusOf(jobId) === 'running');
    journal.break('I/O error');
    launch.resolve({ jobId });
    await until(() => scheduler.getHealth().degraded !== null);
    journal.mend();
    await control.end(jobId);
    clock.increment(1_000);
    await until(() => statusOf(jobId) === 'completed');
    expect(journal.commits.flat().map(({ type }) => type)).toEqual(['submitted', 'started', 'launched', 'completed']);
    expect(problems).toEqual([]);
    expect(scheduler.getHealth().degraded).toBeNull();
  });

  test('what waits for a commit that fails is not written before what failed', async () => {
    const { journal, clock, scheduler, control, problems, add, statusOf } = await scheduling();
    const launch = Promise.withResolvers<{ jobId: string }>();
    control.runs.launch = () => launch.promise;
    const jobId = await add();
    await until(() => statusOf(jobId) === 'running');
    journal.hold();
    launch.resolve({ jobId });
    await control.end(jobId);
    journal.break('I/O error');
    journal.release();
    // The commit that was held is refused; had another been waiting, it would be written now.
    await Promise.resolve().then(() => journal.mend());
    await until(() => scheduler.getHealth().degraded !== null);
    clock.increment(1_000);
    await until(() => statusOf(jobId) === 'completed');
    expect(journal.commits.flat().map(({ type }) => type)).toEqual(['submitted', 'started', 'launched', 'completed']);
    expect(problems).toEqual([]);
  });
});
