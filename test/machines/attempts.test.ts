import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RunError, type RunJob, UnavailableError } from '../../src/machines/ports/runner.ts';
import { onePool } from '../../src/schemas/engine/devicePool.ts';
import type { FailedOutcome, FailureKind } from '../../src/schemas/job/outcome.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import type { RetryPolicy } from '../../src/schemas/submission/retry.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome, controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

type Setting = Awaited<ReturnType<typeof scheduling>>;

const lost: FailedOutcome = { status: 'failed', kind: 'lost', reason: 'nothing is left of it' };
const ofEngine = (kind: 'preempted' | 'nodeFailed' | 'outOfMemory'): FailedOutcome => ({
  ...{ status: 'failed', kind, reason: 'r', log: '/out/log', tail: [] },
});
const twice: RetryPolicy = { max: 2, on: ['lost', 'preempted', 'nodeFailed'] };

async function add({ scheduler }: Setting, options: Partial<typeof noOptions> = {}, tasks = ['t1']): Promise<string> {
  const all = { ...noOptions, retry: twice, ...options };
  return (await scheduler.addJob(request({ tasks }), { options: all })).jobId;
}

/** Lets time pass, for timers and for what asks for it. */
function pass({ pass, clock }: Setting, milliseconds: number): void {
  pass(milliseconds);
  clock.increment(milliseconds);
}

const launches = ({ control, scheduler }: Setting, count: number) =>
  until(() => control.launched.length === count && scheduler.getJob(control.launched.at(-1) ?? '')?.log !== null);
const attempts = ({ scheduler }: Setting, jobId: string) =>
  scheduler.getJob(jobId)?.attempts.map(({ number, failure_kind: kind }) => `${number} ${kind}`);
const typesOf = ({ journal }: Setting, jobId: string) =>
  journal.commits.flat().flatMap((one) => (one.jobId === jobId ? [one.type] : []));
/** The runs that were asked for, by the name of the call: which attempt at which part. */
function asked({ runs }: ReturnType<typeof controlledRuns>, name: 'prepare' | 'recover'): string[] {
  const seen: string[] = [];
  const inner = runs[name] as (job: RunJob) => Promise<never>;
  runs[name] = ((job: RunJob) => {
    seen.push(`${job.part?.number ?? 0}.${job.attempt ?? 1}`);
    return inner(job);
  }) as never;
  return seen;
}
/** Ends the run under way, and waits until the attempt is on record. */
async function fail(setting: Setting, jobId: string, outcome: FailedOutcome = lost): Promise<void> {
  const before = setting.scheduler.getJob(jobId)?.attempts.length ?? 0;
  await setting.control.end(jobId, outcome);
  await until(() => (setting.scheduler.getJob(jobId)?.attempts.length ?? 0) > before);
}

describe('a job that may be tried again', () => {
  test('is, after 5 s, then after 10 s, in the same slot; the outcome of the last attempt is that of the job', async () => {
    const setting = await scheduling();
    const { control, scheduler, clock } = setting;
    const jobId = await add(setting);
    const behind = await add(setting);
    await launches(setting, 1);
    await fail(setting, jobId);
    expect(scheduler.getJob(jobId)).toMatchObject({
      ...{ status: 'running', failure_kind: null, backend: null, log: `/out/${jobId}/log` },
      attempts: [
        {
          ...{ number: 1, part: null, failure_kind: 'lost', node: 'here', log: `/out/${jobId}/log` },
          error: expect.stringContaining('nothing is left of it'),
          ...{ started_at: '1970-01-01T00:00:01.000+00:00', completed_at: '1970-01-01T00:00:01.000+00:00' },
          next_at: '1970-01-01T00:00:06.000+00:00',
        },
      ],
    });
    expect(setting.statusOf(behind)).toBe('queued');
    pass(setting, 4_999);
    await setImmediate();
    expect(control.launched).toEqual([jobId]);
    pass(setting, 1);
    await launches(setting, 2);
    await fail(setting, jobId, ofEngine('preempted'));
    pass(setting, 9_999);
    await setImmediate();
    expect(control.launched).toHaveLength(2);
    clock.increment(1);
    await launches(setting, 3);
    await control.end(jobId, completedOutcome);
    await until(() => setting.statusOf(jobId) === 'completed');
    expect(attempts(setting, jobId)).toEqual(['1 lost', '2 preempted']);
    expect(scheduler.getJob(jobId)).toMatchObject({ metrics: { t1: { acc: { value: 0.5 } } }, failure_kind: null });
    await launches(setting, 4);
    expect(control.launched.at(-1)).toBe(behind);
    expect(typesOf(setting, jobId)).toEqual([
      ...['submitted', 'started', 'launched', 'attemptFailed', 'launched', 'attemptFailed', 'launched', 'completed'],
    ]);
  });

  test('fails as its last attempt does when there are no more', async () => {
    const setting = await scheduling();
    const jobId = await add(setting, { retry: { max: 1, on: ['nodeFailed'] } });
    await launches(setting, 1);
    await fail(setting, jobId, ofEngine('nodeFailed'));
    pass(setting, 5_000);
    await launches(setting, 2);
    await setting.control.end(jobId, ofEngine('nodeFailed'));
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(setting.scheduler.getJob(jobId)?.failure_kind).toBe('nodeFailed');
    expect(attempts(setting, jobId)).toEqual(['1 nodeFailed']);
  });

  test.each<[FailureKind, FailedOutcome]>([
    ['exited', { status: 'failed', kind: 'exited', code: 1, log: '', tail: [] }],
    ['outOfMemory', ofEngine('outOfMemory')],
    ['stopped', { status: 'failed', kind: 'stopped', who: null, reason: 'it was cancelled', log: '', tail: [] }],
    ['timedOut', { status: 'failed', kind: 'timedOut', seconds: 1, log: '', tail: [] }],
    ['launch', { status: 'failed', kind: 'launch', reason: 'its folder is a file' }],
  ])('is not after a failure that its policy does not name: %s', async (kind, outcome) => {
    const setting = await scheduling();
    const jobId = await add(setting);
    await launches(setting, 1);
    await setting.control.end(jobId, outcome);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(setting.scheduler.getJob(jobId)).toMatchObject({ failure_kind: kind, attempts: [] });
  });

  test('is after a launch that fails for a fault of its own, when its policy names that', async () => {
    const control = controlledRuns();
    control.failLaunches(new RunError('its folder is a file'));
    const setting = await scheduling({}, { control });
    const jobId = await add(setting, { retry: { max: 1, on: ['launch'] } });
    await until(() => attempts(setting, jobId)?.length === 1);
    expect(setting.scheduler.getJob(jobId)?.attempts).toMatchObject([{ failure_kind: 'launch', node: null }]);
    control.failLaunches(null);
    pass(setting, 5_000);
    await launches(setting, 1);
    await control.end(jobId, completedOutcome);
    await until(() => setting.statusOf(jobId) === 'completed');
  });

  test('waits at most five minutes between two attempts', async () => {
    const setting = await scheduling();
    const jobId = await add(setting, { retry: { max: 10, on: ['lost'] } });
    const pauses: number[] = [];
    for (let count = 1; count <= 10; count++) {
      await launches(setting, count);
      await fail(setting, jobId);
      const last = setting.scheduler.getJob(jobId)?.attempts.at(-1);
      pauses.push((Date.parse(last?.next_at ?? '') - Date.parse(last?.completed_at ?? '')) / 1_000);
      pass(setting, 300_000);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
    await launches(setting, 11);
    await setting.control.end(jobId, lost);
    await until(() => setting.statusOf(jobId) === 'failed');
  });

  test('is as the server is set when it does not say, and never when neither says', async () => {
    const setting = await scheduling({ retry: { max: 1, on: ['lost'] } });
    const [byServer, never] = [
      await add(setting, { retry: null }),
      await add(setting, { retry: { max: 0, on: ['lost'] } }),
    ];
    await launches(setting, 1);
    await fail(setting, byServer);
    pass(setting, 5_000);
    await launches(setting, 2);
    await setting.control.end(byServer, completedOutcome);
    await launches(setting, 3);
    await setting.control.end(never, lost);
    await until(() => setting.statusOf(never) === 'failed');
    const usual = await scheduling();
    const jobId = await add(usual, { retry: null });
    await launches(usual, 1);
    await usual.control.end(jobId, lost);
    await until(() => usual.statusOf(jobId) === 'failed');
  });

  test('keeps its devices between two attempts', async () => {
    const setting = await scheduling({ slots: 2, pools: onePool(['0']) });
    const jobId = await add(setting);
    const other = await add(setting);
    await launches(setting, 1);
    await fail(setting, jobId);
    expect(setting.statusOf(other)).toBe('queued');
    pass(setting, 5_000);
    await launches(setting, 2);
    await setting.control.end(jobId, completedOutcome);
    await launches(setting, 3);
    expect(setting.control.launched.at(-1)).toBe(other);
  });

  test('has its time limit anew for each attempt', async () => {
    const setting = await scheduling();
    const { control, scheduler } = setting;
    const jobId = await add(setting, { timeout: 60 });
    await launches(setting, 1);
    pass(setting, 59_000);
    await fail(setting, jobId);
    pass(setting, 5_000);
    await launches(setting, 2);
    pass(setting, 59_000);
    expect(control.stops).toEqual([]);
    pass(setting, 1_000);
    await until(() => control.stops.length === 1);
    await control.exit(jobId, { kind: 'signal', signal: 'SIGTERM' });
    await control.gone(jobId);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'timedOut', attempts: [{ number: 1 }] });
  });

  test('and cannot be launched again by a fault of the server waits until it can, and is at the same attempt then', async () => {
    const setting = await scheduling();
    const prepared = asked(setting.control, 'prepare');
    const jobId = await add(setting);
    await launches(setting, 1);
    await fail(setting, jobId);
    setting.control.failLaunches(new UnavailableError('the disk is full'), true);
    pass(setting, 5_000);
    await until(() => setting.scheduler.getJobWithPosition(jobId)?.waiting_for !== null);
    setting.control.failLaunches(null);
    pass(setting, 60_000);
    await launches(setting, 2);
    expect(new Set(prepared)).toEqual(new Set(['0.1', '0.2']));
    expect(attempts(setting, jobId)).toEqual(['1 lost']);
  });
});

describe('a stop', () => {
  test('between two attempts ends the job at once, as stopped; no other is begun', async () => {
    const setting = await scheduling();
    const jobId = await add(setting);
    await launches(setting, 1);
    await fail(setting, jobId);
    await setting.scheduler.stopJob(jobId, 'alice');
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(setting.scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'stopped', attempts: [{ number: 1 }] });
    pass(setting, 1_000_000);
    await setImmediate();
    expect(setting.control.launched).toHaveLength(1);
  });

  test('while an attempt that has failed is judged lets no other begin', async () => {
    const control = controlledRuns();
    const collected = Promise.withResolvers<FailedOutcome>();
    control.runs.collect = () => collected.promise;
    const setting = await scheduling({}, { control });
    const jobId = await add(setting);
    await launches(setting, 1);
    await control.end(jobId);
    await setting.scheduler.stopJob(jobId, 'alice');
    collected.resolve(lost);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(setting.scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'lost', attempts: [] });
  });
});

describe('a server that ends', () => {
  test.each(['stop', 'leave'] as const)(
    'between two attempts (%s) does not wait for the next one, and the next server begins it when its time has come',
    async (how) => {
      const before = await scheduling();
      const jobId = await add(before);
      await launches(before, 1);
      await fail(before, jobId);
      await before.scheduler.stop(how);
      const control = controlledRuns();
      const recovered = asked(control, 'recover');
      const prepared = asked(control, 'prepare');
      const next = await scheduling({}, { control, journal: before.journal, startAt: before.now() + 3_000 });
      expect(next.statusOf(jobId)).toBe('running');
      pass(next, 1_999);
      await setImmediate();
      expect([recovered, prepared]).toEqual([[], []]);
      pass(next, 1);
      await launches(next, 1);
      expect([recovered, prepared]).toEqual([['0.2'], ['0.2']]);
      await control.end(jobId, completedOutcome);
      await until(() => next.statusOf(jobId) === 'completed');
      expect(attempts(next, jobId)).toEqual(['1 lost']);
    },
  );

  test('with --on-shutdown stop ends an attempt that runs: the job fails as interrupted, and is not tried again', async () => {
    const setting = await scheduling({}, { control: controlledRuns({ onEngine: true }) });
    const jobId = await add(setting);
    await launches(setting, 1);
    const stopped = setting.scheduler.stop('stop');
    await until(() => setting.control.stops.length === 1);
    await setting.control.exit(jobId, { kind: 'signal', signal: 'SIGTERM' });
    await setting.control.gone(jobId);
    await stopped;
    const row = setting.journal.journal.find(jobId);
    expect([row?.outcome, row?.attempts]).toMatchObject([{ kind: 'interrupted' }, []]);
  });

  test('while it judges an attempt that fails tries it no more, and the next server does', async () => {
    const control = controlledRuns();
    const collected = Promise.withResolvers<FailedOutcome>();
    control.runs.collect = () => collected.promise;
    const before = await scheduling({}, { control });
    const jobId = await add(before);
    await launches(before, 1);
    await control.end(jobId);
    const stopped = before.scheduler.stop('stop');
    await setImmediate();
    collected.resolve(lost);
    await stopped;
    expect(typesOf(before, jobId).slice(-2)).toEqual(['attemptFailed', 'withdrawn']);
    const next = await scheduling({}, { journal: before.journal, startAt: before.now() + 5_000 });
    await launches(next, 1);
    await next.control.end(jobId, completedOutcome);
    await until(() => next.statusOf(jobId) === 'completed');
  });
});

describe('a later attempt that an earlier server launched and did not record', () => {
  test('is found and goes on: none is begun beside it, and its time begins when it is found', async () => {
    const before = await scheduling();
    const jobId = await add(before, { timeout: 60 });
    await launches(before, 1);
    await fail(before, jobId);
    await before.scheduler.stop('leave');
    const control = controlledRuns();
    control.recoverable.set(jobId, {
      prepared: { output: `/out/${jobId}`, ownOutput: true, log: '/out/second', before: [] },
      handle: { jobId, node: 'here' },
    });
    const next = await scheduling({}, { control, journal: before.journal, startAt: before.now() + 1_000_000 });
    await until(() => next.scheduler.getJob(jobId)?.log === '/out/second');
    pass(next, 59_000);
    expect(control.stops).toEqual([]);
    await control.end(jobId, completedOutcome);
    await until(() => next.statusOf(jobId) === 'completed');
    expect(control.launched).toEqual([]);
    expect(attempts(next, jobId)).toEqual(['1 lost']);
  });

  test('of which that cannot be found out fails the job, and no other attempt is begun: it may run', async () => {
    const before = await scheduling();
    const jobId = await add(before);
    await launches(before, 1);
    await fail(before, jobId);
    await before.scheduler.stop('leave');
    const control = controlledRuns();
    control.runs.recover = () => Promise.reject(new Error('it was claimed, and says no more'));
    const next = await scheduling({}, { control, journal: before.journal, startAt: before.now() + 5_000 });
    await until(() => next.statusOf(jobId) === 'failed');
    expect(next.scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'lost', attempts: [{ number: 1 }] });
    pass(next, 1_000_000);
    await setImmediate();
    expect(control.launched).toEqual([]);
  });
});

describe('a split job', () => {
  test('has as many attempts for each of its tasks, and goes on with the next when they are used up', async () => {
    const setting = await scheduling();
    const { control, scheduler } = setting;
    const prepared = asked(control, 'prepare');
    const jobId = await add(setting, { split: true, retry: { max: 1, on: ['preempted'] } }, ['t1', 't2']);
    await launches(setting, 1);
    await fail(setting, jobId, ofEngine('preempted'));
    expect(scheduler.getJob(jobId)?.parts).toMatchObject([{ status: 'running', error: null }, { status: 'queued' }]);
    pass(setting, 5_000);
    await launches(setting, 2);
    await control.end(jobId, ofEngine('preempted'));
    await launches(setting, 3);
    await fail(setting, jobId, ofEngine('preempted'));
    pass(setting, 5_000);
    await launches(setting, 4);
    await control.end(jobId, completedOutcome);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(scheduler.getJob(jobId)?.parts?.map(({ failure_kind: kind, status }) => kind ?? status)).toEqual([
      ...['preempted', 'completed'],
    ]);
    expect(scheduler.getJob(jobId)?.attempts.map(({ part, number }) => [part, number])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(prepared).toEqual(['1.1', '1.2', '2.1', '2.2']);
  });
});
