import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Secrets } from '../../src/schemas/secrets/secretRequest.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

const KIB = 1_024;
/** A request of so many KiB, and some hundred bytes more. */
const large = (kib: number) => request({ gen_kwargs: 'x'.repeat(kib * KIB) });

/** A scheduler whose one slot is taken, so that all others wait. */
async function waiting(limits: Parameters<typeof scheduling>[0], parts: Parameters<typeof scheduling>[1] = {}) {
  const made = await scheduling(limits, parts);
  const first = await made.add();
  await until(() => made.control.launched.length > 0);
  const add = (kib: number, client: string | null = null) => made.scheduler.addJob(large(kib), { client });
  return { ...made, first, addLarge: add };
}

describe('the bytes of the requests that wait', () => {
  test('the bytes of waiting requests are bounded: one more is refused with the limit and their sum, and accepted when there is room', async () => {
    const { scheduler, control, first, addLarge } = await waiting({ maxQueueBytes: 100 * KIB });
    const { jobId } = await addLarge(50);
    await addLarge(40);
    const refused = expect(addLarge(20)).rejects;
    await refused.toMatchObject({
      code: 'queueFull',
      message: expect.stringMatching(
        /^The queue is full: the requests that wait have 9\d{4} of 102400 bytes \(--max-queue-bytes\), and this one has 2\d{4}\. Try again later\.$/,
      ),
    });
    expect(scheduler.getQueueStats().queued).toHaveLength(2);
    await scheduler.cancelJob(jobId);
    await addLarge(20);
    await expect(addLarge(50)).rejects.toMatchObject({ code: 'queueFull' });
    // What runs no longer waits.
    await control.end(first);
    await until(() => control.launched.length === 2);
    await addLarge(50);
  });

  test('the bytes of waiting requests are bounded for each client, so that none takes the room of all', async () => {
    const { scheduler, addLarge } = await waiting({ maxQueueBytes: 200 * KIB, maxQueueBytesPerClient: 100 * KIB });
    const { jobId } = await addLarge(90, 'token alice');
    await expect(addLarge(20, 'token alice')).rejects.toMatchObject({
      code: 'queueFull',
      message: expect.stringMatching(
        /your requests that wait have 9\d{4} of 102400 bytes \(--max-queue-bytes-per-client\)/,
      ),
    });
    await addLarge(90, 'token bob');
    await scheduler.cancelJob(jobId);
    await addLarge(20, 'token alice');
  });

  test('the bytes of the only waiting request are never too many, else it could never be accepted', async () => {
    const { scheduler, addLarge } = await waiting({ maxQueueBytes: 10 * KIB, maxQueueBytesPerClient: 10 * KIB });
    const { jobId } = await addLarge(50, 'token alice');
    await expect(addLarge(0, 'token bob')).rejects.toMatchObject({ code: 'queueFull' });
    await scheduler.cancelJob(jobId);
    await addLarge(50, 'token alice');
  });

  test('the bytes of requests count while they are on their way to the disk, and not after that failed', async () => {
    const { journal, clock, addLarge, scheduler } = await waiting({ maxQueueBytes: 100 * KIB });
    journal.hold();
    const many = Array.from({ length: 20 }, () => addLarge(40));
    const refused = await Promise.allSettled(many.slice(2));
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 'rejected'));
    journal.break('disk full');
    journal.release();
    await Promise.allSettled(many);
    expect(scheduler.getQueueStats().queued).toHaveLength(0);
    journal.mend();
    clock.increment(1_000);
    await until(() => scheduler.getHealth().degraded === null);
    await addLarge(40);
    await addLarge(40);
    await expect(addLarge(40)).rejects.toMatchObject({ code: 'queueFull' });
  });

  test('the bytes of waiting requests are the same after a restart; what exceeds a new limit stays, and nothing is added', async () => {
    const journal = controlledJournal();
    const secret = request({ model_args: { api_key: `sk-${'x'.repeat(40 * KIB)}` } });
    const before = await waiting({ maxQueueBytes: 200 * KIB }, { journal });
    await before.addLarge(50);
    const { jobId } = await before.scheduler.addJob(secret, { who: 'alice' });
    const said = async ({ scheduler }: Pick<typeof before, 'scheduler'>) =>
      scheduler.addJob(large(200), { who: 'alice' }).catch(({ message }) => message);
    const refusal = await said(before);
    expect(refusal).toMatch(/have 9\d{4} of 204800/);
    await before.scheduler.stop('leave');

    const after = await scheduling({ maxQueueBytes: 200 * KIB }, { journal, control: before.control });
    expect(await said(after)).toBe(refusal);
    await after.scheduler.stop('leave');

    const narrow = await scheduling({ maxQueueBytes: 10 * KIB }, { journal, control: before.control });
    expect(narrow.scheduler.getQueueStats().queued).toHaveLength(2);
    expect(await said(narrow)).toMatch(/have 9\d{4} of 10240 bytes/);
    await narrow.scheduler.stop('leave');

    const ofClient = await scheduling({ maxQueueBytesPerClient: 50 * KIB }, { journal, control: before.control });
    expect(await said(ofClient)).toMatch(/your requests that wait have 4\d{4} of 51200/);
    await ofClient.scheduler.cancelJob(jobId);
    expect(await said(ofClient)).toMatchObject({ position: 1 });
  });
});

test('submissions that come at once are written in commits of bounded size, in order', async () => {
  const journal = controlledJournal();
  const { first, addLarge, scheduler } = await waiting({}, { journal });
  journal.hold();
  const many = Array.from({ length: 50 }, () => addLarge(1_024));
  // The first is on its way when the others come.
  await setImmediate();
  journal.release();
  const ids = (await Promise.all(many)).map(({ jobId }) => jobId);
  const sizes = journal.commits.map((commit) => JSON.stringify(commit).length);
  expect(Math.max(...sizes)).toBeLessThan(33 * 1_024 * KIB);
  expect(sizes.filter((size) => size > 10 * 1_024 * KIB).length).toBeGreaterThan(1);
  expect(scheduler.getQueueStats()).toMatchObject({ runningJob: first, queued: ids });
});

test('the request of a job that waits is read when it is needed, and is what was sent, however many there are', async () => {
  const journal = controlledJournal();
  const control = controlledRuns();
  const { scheduler } = await waiting({}, { journal, control });
  // More than are kept in memory.
  const sent = Array.from({ length: 40 }, (_, index) =>
    request({ device: `d${index}`, gen_kwargs: 'x'.repeat(900 * KIB) }),
  );
  const ids: string[] = [];
  for (const one of sent) ids.push((await scheduler.addJob(one, { client: 'x' })).jobId);
  for (const [at, jobId] of ids.entries()) {
    expect(scheduler.getJob(jobId)).toMatchObject({ status: 'queued', position_in_queue: at, request: sent[at] });
  }
  await scheduler.cancelJob(ids[0] ?? '');
  expect(scheduler.getJob(ids[0] ?? '')).toMatchObject({ status: 'cancelled', request: sent[0], started_at: null });
});

test('a journal gives back what waits and what has ended without the request, and says how many bytes that has', async () => {
  const { journal } = controlledJournal();
  const job = newJob('a', { gen_kwargs: 'ü'.repeat(1_000) });
  const secrets = new Secrets({ '["api_key"]': 'sk-ü' });
  await journal.append([{ type: 'submitted', jobId: 'a', at: 1, job, secrets }]);
  const [waiting] = journal.restore(1);
  const sent = [job.request, job.options, job.warnings, secrets.reveal()];
  const bytes = sent.reduce((sum: number, part) => sum + Buffer.byteLength(JSON.stringify(part)), 0);
  expect(waiting).toMatchObject({ jobId: 'a', status: 'queued', bytes, record: null });
  await journal.append([{ type: 'cancelled', jobId: 'a', at: 2, who: null, notify: [] }]);
  const [ended] = journal.restore(1);
  expect(ended).toMatchObject({ jobId: 'a', status: 'cancelled', record: null });
});
