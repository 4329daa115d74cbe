import { describe, expect, test } from 'vitest';
import { onePool } from '../../src/schemas/engine/devicePool.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { until } from '../support/waiting/until.ts';

/** A scheduler, and what each of its jobs waits for. */
async function setUp(...given: Parameters<typeof scheduling>) {
  const setting = await scheduling(...given);
  const { scheduler, control } = setting;
  return {
    ...setting,
    submit: async (fields: Parameters<typeof request>[0] = {}) => (await scheduler.addJob(request(fields))).jobId,
    waitsFor: (jobId: string) => scheduler.getJob(jobId)?.waiting_for,
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

  test('a job that waits for devices says how many it needs and how many are free', async () => {
    const { submit, waitsFor, runs } = await setUp({ slots: 4, pools: onePool(['0', '1', '2', '3']) });
    await runs(await submit({ num_gpus: 3 }));
    expect(waitsFor(await submit({ num_gpus: 2 }))).toEqual({ kind: 'devices', needed: 2, free: 1 });
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
