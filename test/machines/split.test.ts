import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RunError } from '../../src/machines/ports/runner.ts';
import type { JobPart } from '../../src/schemas/job/job.ts';
import type { CompletedOutcome } from '../../src/schemas/job/outcome.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome, controlledRuns, failedOutcome } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

type Setting = Awaited<ReturnType<typeof scheduling>>;

const tasks = ['t1', 't2', 't3'];

/** What a part measured. */
const measured = (task: string): CompletedOutcome => ({
  ...completedOutcome,
  metrics: { [task]: { acc: { value: 0.5, stderr: null, higher_is_better: true, n: 4 } } },
});

async function addSplit({ scheduler }: Setting, options: Partial<typeof noOptions> = {}): Promise<string> {
  const { jobId } = await scheduler.addJob(request({ tasks }), { options: { ...noOptions, split: true, ...options } });
  return jobId;
}

/** Resolves when so many runs were launched, and the last one, of a part, is on record. @param part its number, unless it is the same. */
async function launches({ control, scheduler }: Setting, count: number, part = count): Promise<void> {
  await until(() => control.launched.length === count);
  const jobId = control.launched.at(-1) ?? '';
  const isOnRecord = (one: JobPart) => one.number === part && one.status === 'running' && one.log !== null;
  await until(() => scheduler.getJob(jobId)?.parts?.some(isOnRecord) ?? false);
}

const parts = ({ scheduler }: Setting, jobId: string) =>
  scheduler.getJob(jobId)?.parts?.map(({ status, failure_kind: kind }) => kind ?? status);
const typesOf = ({ journal }: Setting, jobId: string) =>
  journal.commits.flat().flatMap((one) => (one.jobId === jobId ? [one.type] : []));

describe('the time limit of a split job', () => {
  test('is that of all its runs together: what the first took the second has no more', async () => {
    const setting = await scheduling();
    const { control, clock, pass } = setting;
    const jobId = await addSplit(setting, { timeout: 60 });
    await launches(setting, 1);
    pass(50_000);
    clock.increment(50_000);
    await control.end(jobId, measured('t1'));
    await launches(setting, 2);
    pass(9_000);
    clock.increment(9_000);
    expect(control.stops).toEqual([]);
    clock.increment(1_000);
    await until(() => control.stops.length === 1);
    await control.exit(jobId, { kind: 'signal', signal: 'SIGTERM' });
    await control.gone(jobId);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(parts(setting, jobId)).toEqual(['completed', 'timedOut', 'cancelled']);
    const job = setting.scheduler.getJob(jobId);
    expect(job).toMatchObject({ failure_kind: 'timedOut', partial_metrics: { t1: { acc: { value: 0.5 } } } });
    expect(control.launched).toHaveLength(2);
  });

  test('holds after a restart of the server, with what the parts that have ended took', async () => {
    const before = await scheduling();
    const jobId = await addSplit(before, { timeout: 60 });
    await launches(before, 1);
    before.pass(50_000);
    await before.control.end(jobId, measured('t1'));
    await launches(before, 2);
    const later = await scheduling({}, { journal: before.journal, startAt: 56_000 });
    expect(parts(later, jobId)).toEqual(['completed', 'running', 'queued']);
    later.clock.increment(4_000);
    expect(later.control.stops).toEqual([]);
    later.clock.increment(1_000);
    await until(() => later.control.stops.length === 1);
  });

  test('does not count the time that a part waits in an engine', async () => {
    const setting = await scheduling({}, { control: controlledRuns({ onEngine: true }) });
    const { control, clock, pass } = setting;
    const jobId = await addSplit(setting, { timeout: 60 });
    await launches(setting, 1);
    await control.place(jobId, 'n1', 'RUNNING');
    pass(30_000);
    await control.end(jobId, measured('t1'));
    await launches(setting, 2);
    pass(1_000_000);
    clock.increment(1_000_000);
    expect(control.stops).toEqual([]);
    await control.place(jobId, 'n1', 'RUNNING');
    clock.increment(29_000);
    expect(control.stops).toEqual([]);
    clock.increment(1_000);
    await until(() => control.stops.length === 1);
  });

  test('has silence limited for each run: one that stalls ends the job', async () => {
    const setting = await scheduling();
    const { control, clock } = setting;
    const jobId = await addSplit(setting, { stall_timeout: 10 });
    await launches(setting, 1);
    clock.increment(9_000);
    await control.end(jobId, measured('t1'));
    await launches(setting, 2);
    clock.increment(9_000);
    expect(control.stops).toEqual([]);
    clock.increment(1_000);
    await until(() => control.stops.length === 1);
    await control.exit(jobId, { kind: 'signal', signal: 'SIGTERM' });
    await control.gone(jobId);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(parts(setting, jobId)).toEqual(['completed', 'stalled', 'cancelled']);
  });
});

describe('a server that ends', () => {
  test('between two parts takes nothing back but the job, and the next server goes on with the next part', async () => {
    const control = controlledRuns();
    const collected = Promise.withResolvers<void>();
    const { collect } = control.runs;
    control.runs.collect = async (...given) => {
      await collected.promise;
      return collect(...given);
    };
    const before = await scheduling({}, { control });
    const jobId = await addSplit(before);
    await launches(before, 1);
    await control.end(jobId, measured('t1'));
    const stopped = before.scheduler.stop('stop');
    await setImmediate();
    collected.resolve();
    await stopped;
    expect(typesOf(before, jobId).slice(-2)).toEqual(['taskCompleted', 'withdrawn']);
    expect(before.control.launched).toHaveLength(1);

    const next = await scheduling({}, { journal: before.journal });
    await launches(next, 1, 2);
    expect(parts(next, jobId)).toEqual(['completed', 'running', 'queued']);
    for (const [index, task] of ['t2', 't3'].entries()) {
      await launches(next, index + 1, index + 2);
      await next.control.end(jobId, measured(task));
    }
    await until(() => next.statusOf(jobId) === 'completed');
    expect(Object.keys(next.scheduler.getJob(jobId)?.metrics ?? {})).toEqual(tasks);
  });

  test('and leaves runs does not end between two parts: what runs next is on record first', async () => {
    const control = controlledRuns();
    const launched = Promise.withResolvers<void>();
    const { launch } = control.runs;
    control.runs.launch = async (job, prepared) => {
      if (job.part?.number === 2) await launched.promise;
      return launch(job, prepared);
    };
    const setting = await scheduling({}, { control });
    const jobId = await addSplit(setting);
    await launches(setting, 1);
    await control.end(jobId, measured('t1'));
    await until(() => typesOf(setting, jobId).includes('taskCompleted'));
    let isOver = false;
    const stopped = setting.scheduler.stop('leave').then(() => {
      isOver = true;
    });
    await setImmediate();
    expect(isOver).toBe(false);
    launched.resolve();
    await stopped;
    expect(typesOf(setting, jobId).slice(-2)).toEqual(['taskCompleted', 'launched']);
  });
});

describe('a split job', () => {
  test('goes on after a part that cannot be launched for a fault of its own', async () => {
    const control = controlledRuns();
    const { prepare } = control.runs;
    control.runs.prepare = async (job) => {
      if (job.part?.task === 't2') throw new RunError('there is no such task');
      return prepare(job);
    };
    const setting = await scheduling({}, { control });
    const jobId = await addSplit(setting);
    await launches(setting, 1);
    await control.end(jobId, measured('t1'));
    await launches(setting, 2, 3);
    await control.end(jobId, measured('t3'));
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(parts(setting, jobId)).toEqual(['completed', 'launch', 'completed']);
    expect(setting.scheduler.getJob(jobId)).toMatchObject({
      failure_kind: 'incompleteResults',
      error: 'Evaluation of 1 of 3 tasks failed: t2: Evaluation could not be started: there is no such task.',
      parts: [{}, { log: null }, {}],
    });
  });

  test('that is stopped when the run of a part has ended by itself begins no other, and keeps that part', async () => {
    const setting = await scheduling();
    const { control, scheduler, clock } = setting;
    const jobId = await addSplit(setting);
    await launches(setting, 1);
    await control.exit(jobId);
    await scheduler.stopJob(jobId, 'alice');
    await until(() => control.stops.length === 1);
    await control.gone(jobId);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(parts(setting, jobId)).toEqual(['completed', 'cancelled', 'cancelled']);
    expect(scheduler.getJob(jobId)).toMatchObject({
      failure_kind: 'stopped',
      error: 'Evaluation was stopped on request of alice.',
      partial_metrics: { t1: {} },
    });
    clock.increment(100_000);
    expect(control.launched).toHaveLength(1);
  });

  test('whose runner breaks keeps what its parts have measured', async () => {
    const setting = await scheduling();
    const { control } = setting;
    const jobId = await addSplit(setting);
    await launches(setting, 1);
    await control.end(jobId, measured('t1'));
    await launches(setting, 2);
    await control.break(jobId);
    await until(() => setting.statusOf(jobId) === 'failed');
    expect(setting.scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'lost', partial_metrics: { t1: {} } });
  });

  test('of which the last part is on record, and not its end, ends at the next start without a run', async () => {
    const before = await scheduling();
    const jobId = await addSplit(before);
    for (const [index, task] of tasks.entries()) {
      await launches(before, index + 1);
      if (index === 2) break;
      await before.control.end(jobId, measured(task));
    }
    const part = { number: 3, task: 't3', endedAt: 1, ran: 0, kind: null, error: null, log: '/out/log' } as const;
    await before.journal.journal.append([
      { type: 'taskCompleted', jobId, at: 1, part: { ...part, status: 'completed', outcome: measured('t3') } },
    ]);
    const next = await scheduling({}, { journal: before.journal });
    await until(() => next.statusOf(jobId) === 'completed');
    expect(next.control.launched).toEqual([]);
    expect(Object.keys(next.scheduler.getJob(jobId)?.metrics ?? {})).toEqual(tasks);
  });

  test('fails with all of its tasks when each has failed, and says of each why', async () => {
    const setting = await scheduling();
    const jobId = await addSplit(setting);
    for (const index of tasks.keys()) {
      await launches(setting, index + 1);
      await setting.control.end(jobId, failedOutcome);
    }
    await until(() => setting.statusOf(jobId) === 'failed');
    const job = setting.scheduler.getJob(jobId);
    expect(job?.error?.split('\n')[0]).toBe(
      `Evaluation of 3 of 3 tasks failed: ${tasks.map((task) => `${task}: Evaluation failed with return code 3`).join('; ')}.`,
    );
    expect(job).toMatchObject({ partial_metrics: null, partial_result: null });
  });
});
