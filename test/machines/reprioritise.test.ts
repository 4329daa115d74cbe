import { expect, test } from 'vitest';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { until } from '../support/waiting/until.ts';

/** A scheduler that starts nothing, with three jobs in the order in which they came. */
async function waiting(journal = controlledJournal()) {
  const system = await scheduling({}, { journal });
  await system.scheduler.pauseQueue();
  const [a, b, c] = [await system.add(), await system.add(), await system.add()];
  return { ...system, a, b, c, queued: () => system.scheduler.getQueueStats().queued };
}

test('a job that waits gets another priority by one row, and its new position at once', async () => {
  const { scheduler, journal, a, b, c, queued } = await waiting();
  const commits = journal.commits.length;
  expect(await scheduler.reprioritiseJob(c, 5, 'alice')).toBe(0);
  expect(queued()).toEqual([c, a, b]);
  expect(scheduler.getJob(c)).toMatchObject({ priority: 5, position_in_queue: 0, status: 'queued' });
  expect(scheduler.getJob(a)).toMatchObject({ priority: 0, position_in_queue: 1 });
  expect(journal.commits.slice(commits)).toEqual([
    [expect.objectContaining({ type: 'reprioritised', jobId: c, priority: 5, who: 'alice' })],
  ]);
  expect(journal.journal.events(0, 100, c).at(-1)).toMatchObject({
    type: 'reprioritised',
    data: { priority: 5 },
    who: 'alice',
  });
});

test('within a priority jobs stay in the order in which they came, also after a restart', async () => {
  const { scheduler, journal, a, b, c, queued } = await waiting();
  await scheduler.reprioritiseJob(c, 5);
  await scheduler.reprioritiseJob(a, 5);
  await scheduler.reprioritiseJob(b, -1);
  expect(queued()).toEqual([a, c, b]);
  await scheduler.stop();
  const next = await scheduling({}, { journal });
  expect(next.scheduler.getQueueStats().queued).toEqual([a, c, b]);
  expect(await next.scheduler.reprioritiseJob(b, 5)).toBe(1);
  const d = await next.add();
  expect(await next.scheduler.reprioritiseJob(d, 5)).toBe(3);
  expect(next.scheduler.getQueueStats().queued).toEqual([a, b, c, d]);
  expect(next.scheduler.getJob(b)?.priority).toBe(5);
});

test('the priority of a job that runs, has ended or is unknown stays, and the refusal says why', async () => {
  const { scheduler, journal, add, control, statusOf } = await scheduling();
  const jobId = await add();
  await until(() => scheduler.getJob(jobId)?.log != null);
  const commits = journal.commits.length;
  await expect(scheduler.reprioritiseJob(jobId, 5)).rejects.toMatchObject({
    code: 'jobNotQueued',
    message: `Job ${jobId} is running: only the priority of a job that waits can be changed`,
  });
  await expect(scheduler.reprioritiseJob('nobody', 5)).rejects.toMatchObject({ code: 'jobNotFound' });
  expect(journal.commits.length).toBe(commits);
  await control.end(jobId);
  await until(() => statusOf(jobId) === 'completed');
  await expect(scheduler.reprioritiseJob(jobId, 5)).rejects.toMatchObject({ code: 'jobNotQueued' });
  expect(scheduler.getJob(jobId)?.priority).toBe(0);
});

test('a change that comes while another of the job is written waits for that', async () => {
  const { scheduler, journal, a, b, c, queued } = await waiting();
  journal.hold();
  const raised = scheduler.reprioritiseJob(c, 5);
  const lowered = scheduler.reprioritiseJob(c, -5);
  const cancelled = scheduler.cancelJob(a);
  const late = scheduler.reprioritiseJob(a, 7);
  await until(() => true);
  expect(queued()).toEqual([a, b, c]);
  journal.release();
  expect(await raised).toBe(0);
  expect(await lowered).toBe(1);
  await cancelled;
  await expect(late).rejects.toMatchObject({ code: 'jobNotQueued' });
  expect(queued()).toEqual([b, c]);
});

test('nothing is started while the first job is about to have another priority', async () => {
  const { scheduler, journal, control, a, b } = await waiting();
  journal.hold();
  const lowered = scheduler.reprioritiseJob(a, -1);
  await until(() => true);
  const resumed = scheduler.resumeQueue();
  await until(() => true);
  journal.release();
  await Promise.all([lowered, resumed]);
  await until(() => control.launched.length === 1);
  expect(control.launched).toEqual([b]);
});

test('a priority that cannot be written changes nothing; nor does one while intake is closed', async () => {
  const { scheduler, journal, a, b, c, queued } = await waiting();
  journal.break('disk full');
  for (const words of ['disk full', 'takes nothing now']) {
    await expect(scheduler.reprioritiseJob(c, 5)).rejects.toMatchObject({
      code: 'intakeClosed',
      message: expect.stringContaining(words),
    });
  }
  expect(queued()).toEqual([a, b, c]);
  expect(scheduler.getJob(c)?.priority).toBe(0);
});
