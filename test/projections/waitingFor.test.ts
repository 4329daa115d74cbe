import { describe, expect, test } from 'vitest';
import { onePool } from '../../src/schemas/engine/devicePool.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

/** A scheduler, and what each of its jobs waits for. */
async function setUp(...given: Parameters<typeof scheduling>) {
  const setting = await scheduling(...given);
  const { scheduler, control } = setting;
  return {
    ...setting,
    submit: async (fields: Parameters<typeof request>[0] = {}) => (await scheduler.addJob(request(fields))).jobId,
    waitsFor: (jobId: string) => scheduler.getJob(jobId)?.waiting_for,
    launched: () => control.launched,
    runs: (jobId: string) => until(() => control.launched.includes(jobId)),
  };
}

describe('a job that waits', () => {
  test('a job waits for a slot when it is next, for those ahead when it is not, for nothing when it does not wait', async () => {
    const { submit, waitsFor, runs, control, statusOf } = await setUp({ slots: 1 });
    const [first, second, third] = [await submit(), await submit(), await submit()];
    await runs(first);
    expect([first, second, third].map(waitsFor)).toEqual([null, { kind: 'slot' }, { kind: 'jobs', ahead: 1 }]);
    await control.end(first);
    await until(() => statusOf(first) === 'completed');
    await runs(second);
    expect([first, second, third].map(waitsFor)).toEqual([null, null, { kind: 'slot' }]);
  });

  test('a job waits for the engine when it is next and as many as may have not begun there, until one of them is put on a node', async () => {
    const onEngine = controlledRuns({ onEngine: true });
    const { submit, waitsFor, runs, control } = await setUp({ slots: 5, maxPending: 2 }, { control: onEngine });
    const [first, second] = [await submit(), await submit()];
    await runs(first);
    await runs(second);
    const [third, fourth] = [await submit(), await submit()];
    expect([third, fourth].map(waitsFor)).toEqual([
      { kind: 'engine', pending: 2 },
      { kind: 'jobs', ahead: 1 },
    ]);
    await control.place(first, 'n1', 'RUNNING');
    await runs(third);
    expect(waitsFor(fourth)).toEqual({ kind: 'engine', pending: 2 });
    expect(control.launched).toEqual([first, second, third]);
  });

  test('a job that waits for devices says how many it needs and how many are free', async () => {
    const { submit, waitsFor, runs } = await setUp({ slots: 4, pools: onePool(['0', '1', '2', '3']) });
    await runs(await submit({ num_gpus: 3 }));
    expect(waitsFor(await submit({ num_gpus: 2 }))).toEqual({ kind: 'devices', needed: 2, free: 1 });
  });

  test('a job that waits for CPUs or memory says how much it needs and how much is not taken, by what those that run have said', async () => {
    const capacity = { cpus: 8, memory: 16 * 2 ** 30 };
    const { scheduler, runs, waitsFor, control, launched } = await setUp({ slots: 9, capacity });
    const submitWith = async (options: Partial<typeof noOptions>) =>
      (await scheduler.addJob(request(), { options: { ...noOptions, ...options } })).jobId;
    const [first, silent] = [await submitWith({ cpus: 6, memory: '12G' }), await submitWith({})];
    await runs(first);
    await runs(silent);
    const many = await submitWith({ cpus: 3 });
    expect(waitsFor(many)).toEqual({ kind: 'capacity', what: 'cpus', needed: 3, free: 2 });
    // No job overtakes one that waits for them.
    const small = await submitWith({});
    expect(waitsFor(small)).toEqual({ kind: 'jobs', ahead: 1 });
    await scheduler.cancelJob(many);
    await runs(small);
    const large = await submitWith({ memory: '8G', cpus: 2 });
    expect(waitsFor(large)).toEqual({ kind: 'capacity', what: 'memory', needed: 8 * 2 ** 30, free: 4 * 2 ** 30 });
    await control.end(first);
    await runs(large);
    expect(launched()).toEqual([first, silent, small, large]);
  });

  test('a job that was taken when the machine had more is started when nothing else of it is taken, and keeps no other waiting for ever', async () => {
    const before = await setUp({ slots: 9, capacity: { cpus: 64, memory: 1 } });
    await before.scheduler.pauseQueue();
    const submitWith = async (cpus: number) =>
      (await before.scheduler.addJob(request(), { options: { ...noOptions, cpus } })).jobId;
    const [small, large, last] = [await submitWith(1), await submitWith(64), await submitWith(1)];
    const later = await setUp({ slots: 9, capacity: { cpus: 8, memory: 1 } }, { journal: before.journal });
    await later.scheduler.resumeQueue();
    await later.runs(small);
    expect(later.waitsFor(large)).toEqual({ kind: 'capacity', what: 'cpus', needed: 8, free: 7 });
    await later.control.end(small);
    await later.runs(large);
    expect(later.waitsFor(last)).toEqual({ kind: 'capacity', what: 'cpus', needed: 1, free: 0 });
    await later.control.end(large);
    await later.runs(last);
  });

  test('a job that says it needs more than the machine has is refused, with what it has', async () => {
    const { scheduler } = await setUp({ capacity: { cpus: 8, memory: 16 * 2 ** 30 } });
    const submitWith = (options: Partial<typeof noOptions>) =>
      scheduler.addJob(request(), { options: { ...noOptions, ...options } });
    await expect(submitWith({ cpus: 9 })).rejects.toThrow('`cpus` should be at most 8: this server has 8');
    await expect(submitWith({ memory: '17G' })).rejects.toThrow('`memory` should be at most 16 GiB: this server has');
    await submitWith({ cpus: 8, memory: '16G' });
  });

  test('a job that waits for a folder names the job that writes there, also where one lies in the other', async () => {
    const { submit, waitsFor, runs } = await setUp({ slots: 4 });
    const [other, holder] = [await submit({ output_dir: '/out/b' }), await submit({ output_dir: '/out/a' })];
    await runs(other);
    await runs(holder);
    expect(waitsFor(await submit({ output_dir: '/out/a/deeper' }))).toEqual({ kind: 'folder', job_id: holder });
  });

  test('a job waits for the end of a pause at any position', async () => {
    const { scheduler, submit, waitsFor } = await setUp({ slots: 1 });
    await scheduler.pauseQueue();
    const jobs = [await submit(), await submit()];
    expect(jobs.map(waitsFor)).toEqual([{ kind: 'pause' }, { kind: 'pause' }]);
  });

  test('a job waits for the journal, while its start is being written and while nothing can be', async () => {
    const { scheduler, journal, submit, waitsFor, runs } = await setUp({ slots: 1 });
    await scheduler.pauseQueue();
    const first = await submit();
    journal.hold();
    // That it is resumed is written otherwise than transitions are.
    await scheduler.resumeQueue();
    expect(waitsFor(first)).toEqual({ kind: 'journal' });
    journal.release();
    await runs(first);
    const second = await submit();
    expect(waitsFor(second)).toEqual({ kind: 'slot' });
    journal.break('no space left');
    await expect(submit()).rejects.toThrow('no space left');
    expect(waitsFor(second)).toEqual({ kind: 'journal' });
  });

  test('a job waits for the next start, while the server ends', async () => {
    const { scheduler, submit, waitsFor, runs } = await setUp({ slots: 1 });
    await runs(await submit());
    const second = await submit();
    const stopped = scheduler.stop('leave');
    expect(waitsFor(second)).toEqual({ kind: 'shutdown' });
    await stopped;
  });
});
