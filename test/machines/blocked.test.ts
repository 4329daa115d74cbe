import { expect, test } from 'vitest';
import { RunError, UnavailableError } from '../../src/machines/ports/runner.ts';
import { formatTime } from '../../src/schemas/values/time.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { expectStopAfter, expectTimedOut } from '../support/server/limits.ts';
import { until } from '../support/waiting/until.ts';

const full = new UnavailableError('ENOSPC: no space left on device');
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('five jobs that meet a full disk do not fail: the first waits for its launch, and all run in order when there is room', async () => {
  const { scheduler, control, clock, problems, statusOf, add } = await scheduling();
  control.failLaunches(full, true);
  const ids = [await add(), await add(), await add(), await add(), await add()];
  await until(() => scheduler.getBlocked() !== null);
  expect(scheduler.getBlocked()).toBe(full.message);
  expect(scheduler.getLiveStates()).toMatchObject({
    scheduler: ['intake.open', 'dispatch.blocked.waiting', 'readiness.idle'],
    runners: [{ job_id: ids[0], states: ['unlaunched'] }],
  });
  expect(ids.map(statusOf)).toEqual(['running', 'queued', 'queued', 'queued', 'queued']);
  control.failLaunches(null);
  clock.increment(1_000);
  for (const id of ids) await control.end(id);
  await until(() => scheduler.getQueueStats().completed === 5);
  expect(control.launched).toEqual(ids);
  expect(scheduler.getBlocked()).toBeNull();
  expect(problems).toEqual([
    `nothing is started: ${full.message}; what waits is kept, and this is tried again`,
    'runs can be started again',
  ]);
});

test('a disk that is seen to be full while nothing starts blocks it: what comes waits, what runs goes on, and both end when there is room', async () => {
  const { scheduler, control, clock, problems, statusOf, add } = await scheduling({ slots: 2 });
  const running = await add();
  await until(() => control.launched.length === 1);
  control.failLaunches(full, true);
  control.fillDisk('the disk of the data folder has 1 MiB free');
  expect(scheduler.getBlocked()).toBe('the disk of the data folder has 1 MiB free');
  const waiting = await add();
  // Reported again while it is known it changes nothing.
  control.fillDisk('the disk of the data folder has 2 MiB free');
  expect(scheduler.getBlocked()).toBe('the disk of the data folder has 1 MiB free');
  expect([running, waiting].map(statusOf)).toEqual(['running', 'queued']);
  await control.end(running);
  await until(() => statusOf(running) === 'completed');
  expect(statusOf(waiting)).toBe('queued');
  clock.increment(1_000);
  await settled();
  // What a look found is what is shown.
  expect(scheduler.getBlocked()).toBe(full.message);
  control.failLaunches(null);
  clock.increment(2_000);
  await control.end(waiting);
  await until(() => statusOf(waiting) === 'completed');
  expect(scheduler.getBlocked()).toBeNull();
  expect(problems).toEqual([expect.stringContaining('nothing is started: '), 'runs can be started again']);
});

test('a retry of a launch comes ever later, at most a minute apart, and is logged once', async () => {
  const { scheduler, control, clock, problems, add } = await scheduling();
  control.failLaunches(full, true);
  await add();
  await until(() => scheduler.getBlocked() !== null);
  const gaps: number[] = [];
  for (let seconds = 1; gaps.length < 9; seconds++) {
    const before = control.probes.length;
    clock.increment(1_000);
    await settled();
    if (control.probes.length === before) continue;
    gaps.push(seconds);
    seconds = 0;
  }
  expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(problems).toHaveLength(1);
});

test('where only a launch shows the fault, one job tries for all, and the others follow when it could', async () => {
  const { scheduler, control, clock, add } = await scheduling({ slots: 3 });
  const ids = [await add(), await add(), await add()];
  for (const id of ids) await control.end(id);
  await until(() => scheduler.getQueueStats().completed === 3);
  control.failLaunches(full);
  await scheduler.pauseQueue();
  const unlaunched = [await add(), await add(), await add()];
  await scheduler.resumeQueue();
  await until(() => scheduler.getLiveStates().runners.filter(({ states }) => states[0] === 'unlaunched').length === 3);
  const steps: (readonly string[])[] = [];
  scheduler.observeTransitions(({ actor, event, to }) => {
    if (event === 'runner.retry') steps.push([actor, to]);
  });
  clock.increment(1_000);
  await settled();
  expect(steps).toEqual([[`runner:${unlaunched[0]}`, 'preparing']]);
  await until(() => scheduler.getLiveStates().scheduler.includes('dispatch.blocked.waiting'));
  control.failLaunches(null);
  clock.increment(2_000);
  await until(() => control.launched.length === 6);
  // The one that failed again is the youngest of them now.
  expect(control.launched.slice(3)).toEqual([unlaunched[1], unlaunched[2], unlaunched[0]]);
});

test('a job that waits for its launch can be stopped: nothing of it is launched, and the next is started when one can be', async () => {
  const { scheduler, control, clock, statusOf, add } = await scheduling();
  control.failLaunches(full, true);
  const [first, second] = [await add(), await add()];
  await until(() => scheduler.getBlocked() !== null);
  await scheduler.stopJob(first, 'alice');
  await until(() => statusOf(first) === 'failed');
  expect(scheduler.getJob(first)).toMatchObject({
    failure_kind: 'stopped',
    error: expect.stringMatching(/^Evaluation was stopped on request of alice\./),
  });
  expect(statusOf(second)).toBe('queued');
  control.failLaunches(null);
  clock.increment(1_000);
  await until(() => control.launched.length === 1);
  expect(control.launched).toEqual([second]);
});

test('a job that could not even be prepared is stopped with a message without a log', async () => {
  const { scheduler, control, statusOf, add } = await scheduling();
  control.runs.prepare = () => Promise.reject(full);
  const jobId = await add();
  await until(() => scheduler.getBlocked() !== null);
  await scheduler.stopJob(jobId);
  await until(() => statusOf(jobId) === 'failed');
  expect(scheduler.getJob(jobId)).toMatchObject({ error: 'Evaluation was stopped on request.', log: null });
});

test.each(['stop', 'leave'] as const)(
  'a server that ends (%s) leaves a job that waits for its launch to the next one, which launches it once',
  async (runs) => {
    const journal = controlledJournal();
    const first = await scheduling({}, { journal });
    first.control.failLaunches(full, true);
    const [unlaunched, waiting] = [await first.add(), await first.add()];
    await until(() => first.scheduler.getBlocked() !== null);
    await first.scheduler.stop(runs);
    const next = await scheduling({}, { journal });
    await until(() => next.control.launched.length === 1);
    await next.control.end(unlaunched);
    await until(() => next.control.launched.length === 2);
    expect(next.control.launched).toEqual([unlaunched, waiting]);
    expect(next.statusOf(unlaunched)).toBe('completed');
  },
);

test("a fault of a job's own fails that job alone, and nothing is blocked", async () => {
  const { scheduler, control, statusOf, add } = await scheduling();
  control.failLaunches(new RunError('its output_dir cannot be used'));
  const jobId = await add();
  await until(() => statusOf(jobId) === 'failed');
  expect(scheduler.getBlocked()).toBeNull();
});

test('a pause that comes while nothing can be started holds afterwards, also across a restart', async () => {
  const journal = controlledJournal();
  const { scheduler, control, clock, add } = await scheduling({}, { journal });
  control.failLaunches(full, true);
  const [unlaunched, waiting] = [await add(), await add()];
  await until(() => scheduler.getBlocked() !== null);
  await scheduler.pauseQueue();
  expect(scheduler.isPaused()).toBe(true);
  control.failLaunches(null);
  clock.increment(1_000);
  await control.end(unlaunched);
  await until(() => scheduler.getQueueStats().completed === 1);
  expect(scheduler.getLiveStates().scheduler).toContain('dispatch.paused');
  expect(control.launched).toEqual([unlaunched]);
  await scheduler.resumeQueue();
  await until(() => control.launched.length === 2);
  expect(control.launched).toEqual([unlaunched, waiting]);
});

test('a resume tries the launch at once', async () => {
  const { scheduler, control, add } = await scheduling();
  control.failLaunches(full, true);
  await add();
  await until(() => scheduler.getBlocked() !== null);
  control.failLaunches(null);
  await scheduler.resumeQueue();
  await until(() => control.launched.length === 1);
});

test('a job that is expected to start says nothing of when while nothing can be started', async () => {
  const { scheduler, control, add } = await scheduling();
  await control.end(await add());
  await until(() => scheduler.getQueueStats().completed === 1);
  control.failLaunches(full, true);
  await add();
  const waiting = await add();
  await until(() => scheduler.getBlocked() !== null);
  expect(scheduler.getJob(waiting)).toMatchObject({ position_in_queue: 0, expected_start_at: null });
});

test('the time for which nothing could be started is none of the time that a run may take, also across restarts', async () => {
  const first = await scheduling({ timeout: 60 });
  first.control.failLaunches(full, true);
  const jobId = await first.add();
  await until(() => first.scheduler.getBlocked() !== null);
  first.pass(100_000);
  first.control.failLaunches(null);
  first.clock.increment(1_000);
  await until(() => first.control.launched.length === 1);
  await until(() => first.scheduler.getJob(jobId)?.log != null);
  const later = await scheduling({ timeout: 60 }, { journal: first.journal, startAt: 111_000 });
  await expectStopAfter(later, 50_000);
  await expectStopAfter(first, 60_000);
  await expectTimedOut(first, jobId, 60);
});

test('a run that the next server launches has all its time', async () => {
  const first = await scheduling({ timeout: 60 });
  first.control.failLaunches(full, true);
  await first.add();
  await until(() => first.scheduler.getBlocked() !== null);
  await first.scheduler.stop('stop');
  const next = await scheduling({ timeout: 60 }, { journal: first.journal, startAt: 500_000 });
  await until(() => next.control.launched.length === 1);
  await expectStopAfter(next, 60_000);
});

test('a job that could not be launched says why, not when it ends; the wait counts in no expected time', async () => {
  const { scheduler, control, clock, pass, now, add } = await scheduling();
  for (const id of [await add()]) {
    await until(() => control.launched.length === 1);
    pass(10_000);
    await control.end(id);
  }
  await until(() => scheduler.getQueueStats().completed === 1);
  control.failLaunches(full, true);
  const unlaunched = await add();
  await until(() => scheduler.getBlocked() !== null);
  const waiting_for = { kind: 'blocked', reason: full.message };
  expect(scheduler.getJob(unlaunched)).toMatchObject({ status: 'running', expected_end_at: null, waiting_for });
  pass(100_000);
  control.failLaunches(null);
  clock.increment(1_000);
  await until(() => control.launched.length === 2);
  await until(() => scheduler.getJob(unlaunched)?.log != null);
  expect(scheduler.getJob(unlaunched)).toMatchObject({
    expected_end_at: formatTime(now() + 10_000),
    waiting_for: null,
  });
  pass(10_000);
  await control.end(unlaunched);
  await until(() => scheduler.getQueueStats().completed === 2);
  const next = await add();
  expect(scheduler.getJob(next)?.expected_end_at).toBe(formatTime(now() + 10_000));
});
