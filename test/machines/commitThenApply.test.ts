import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { until } from '../support/waiting/until.ts';

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

  test('submissions that arrive at once go into one commit, and those that arrive during it into the next', async () => {
    const { journal, scheduler } = await scheduling();
    journal.hold();
    const submit = (count: number) => Array.from({ length: count }, () => scheduler.addJob(request()));
    const answers = submit(3);
    await setImmediate();
    answers.push(...submit(4));
    await setImmediate();
    answers.push(...submit(5));
    await setImmediate();
    journal.release();
    await Promise.all(answers);
    const submissions = journal.commits.map((commit) => commit.filter(({ type }) => type === 'submitted').length);
    expect(submissions.slice(0, 2)).toEqual([3, 9]);
  });

  test('the end of a run and the start of the next are one commit', async () => {
    const { journal, control, add } = await scheduling();
    const [first, second] = [await add(), await add()];
    await until(() => control.launched.length === 1);
    await control.end(first);
    await until(() => control.launched.length === 2);
    const commits = journal.commits.map((commit) => commit.map(({ type, jobId }) => `${type} ${jobId}`));
    expect(commits).toContainEqual([`completed ${first}`, `started ${second}`]);
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
    await expect(scheduler.cancelJob(waiting)).rejects.toMatchObject({ code: 'intakeClosed' });
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
    expect([first, second].map(statusOf)).toEqual(['running', 'queued']);
    journal.mend();
    clock.increment(1_000);
    await until(() => statusOf(first) === 'completed');
    await until(() => statusOf(second) === 'running');
    expect(scheduler.getHealth().degraded).toBeNull();
  });

  test('what happened to runs is written in the order in which it happened, whatever failed in between', async () => {
    const { journal, clock, scheduler, control, add, statusOf } = await scheduling();
    const launch = Promise.withResolvers<{ jobId: string }>();
    control.runs.launch = () => launch.promise;
    const first = await add();
    await until(() => statusOf(first) === 'running');
    journal.break('the database is locked');
    launch.resolve({ jobId: first });
    await until(() => scheduler.getHealth().degraded !== null);
    // The journal can be written again before the scheduler asks it: what comes now must not overtake the launch.
    journal.mend();
    await control.end(first);
    await until(() => control.launched.length === 0);
    expect(statusOf(first)).toBe('running');
    clock.increment(1_000);
    await until(() => statusOf(first) === 'completed');
    expect(scheduler.getHealth().degraded).toBeNull();
    expect(journal.commits.flat().map(({ type }) => type)).toEqual(['submitted', 'started', 'launched', 'completed']);
    await expect(scheduler.addJob(request())).resolves.toBeDefined();
  });

  test('a journal that fails again while it is caught up with is tried again, and nothing is written twice', async () => {
    const { journal, clock, control, add, statusOf, scheduler } = await scheduling();
    const first = await add();
    await until(() => control.launched.length === 1);
    const second = await add();
    journal.break('full');
    await control.end(first);
    await until(() => scheduler.getHealth().degraded !== null);
    for (let again = 0; again < 3; again++) {
      clock.increment(1_000);
      await until(() => true);
    }
    journal.mend();
    clock.increment(1_000);
    await until(() => statusOf(first) === 'completed');
    await until(() => statusOf(second) === 'running');
    const written = journal.commits.flat().map(({ type, jobId }) => `${type} ${jobId}`);
    expect(new Set(written).size).toBe(written.length);
  });

  test('a journal that contradicts the scheduler ends it: what is on disk is right', async () => {
    const fatal: string[] = [];
    const { journal, scheduler } = await scheduling({}, { onFatal: (message) => fatal.push(message) });
    journal.contradict('job x cannot become started');
    scheduler.addJob(request()).catch(() => {});
    await until(() => fatal.length === 1);
    expect(fatal[0]).toContain('job x cannot become started');
    expect(scheduler.getHealth().degraded).toContain('the scheduler failed');
    await expect(scheduler.addJob(request())).rejects.toMatchObject({ code: 'intakeClosed' });
  });
});
