import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import {
  type Forwarded,
  postJob,
  readForwarded,
  SECRET,
  type Sink,
  seriesOf,
  sinks,
  startForwarder,
  written,
} from '../support/forward/forwarder.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, forward } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], limit: 5 };

/** A real server of the demo's harness, which posts what ended to a receiver. */
async function serverFor(url: string) {
  const flags = ['--webhook', url, '--webhook-allow-host', '127.0.0.1'];
  const server = await startServer({ flags, env: { EVALD_WEBHOOK_SECRET: SECRET } });
  onTestFinished(async () => void (await server.stop()));
  const delivered = () => server.log().match(/is delivered: answered 204/g)?.length ?? 0;
  return {
    ...server,
    submit: (step: number | string, more: object = {}) =>
      submit(server.url, { ...quick, labels: { run: 'r7', step }, ...more }),
    ended: (jobId: string) => jobWhen(server.url, jobId, ({ completed_at }) => completed_at !== null),
    delivered: (count: number) => eventually(() => delivered() === count),
  };
}

/** What is to be there of some jobs of one run: one point each in each series, in the order in which they were written. */
function expected(sink: Sink, jobs: readonly JobInfo[]): Forwarded[string] {
  const series: Forwarded[string] = {};
  for (const job of jobs) {
    for (const [name, value] of seriesOf(sink, job)) {
      series[name] ??= [];
      // TensorBoard keeps scalars as floats of 32 bits.
      series[name].push([Number(job.labels['step']), sink === 'tensorboard' ? Math.fround(value) : value]);
    }
  }
  return series;
}

/** The same points, in any order. */
const sorted = (series: Forwarded[string] | undefined) =>
  Object.fromEntries(
    Object.entries(series ?? {}).map(([name, points]) => [name, points.toSorted(([a], [b]) => (a ?? 0) - (b ?? 0))]),
  );

describeWith(forward, 'a real server and a real receiver', () => {
  test.each(sinks)(
    'every score, its standard error and its count of a completed job are points at its step in %s, in whatever order jobs end, and a failed or cancelled job leaves nothing',
    async (sink: Sink) => {
      const dir = await temporaryFolder();
      const receiver = await startForwarder(sink, { dir });
      const server = await serverFor(receiver.url);
      const ids: string[] = [];
      for (const step of [2000, '1000', 3000]) {
        ids.push(await server.submit(step));
        await server.delivered(ids.length);
      }
      await server.submit(4000, { model: 'absent' });
      const endless = await server.submit(5000, { model_args: { delay: 3600 } });
      const cancelled = await server.submit(6000);
      await send(`${server.url}/jobs/${cancelled}`, { method: 'DELETE' });
      await jobWhen(server.url, endless, ({ status }) => status === 'running');
      await send(`${server.url}/jobs/${endless}/stop`, { method: 'POST' });
      await server.delivered(6);

      const jobs = await Promise.all(ids.map((id) => getJob(server.url, id)));
      const wanted = expected(sink, jobs);
      // The tasks' accuracies, each with its standard error and its count.
      expect(Object.keys(wanted).length).toBeGreaterThanOrEqual(6);
      const found = readForwarded(sink, dir);
      expect(Object.keys(found)).toEqual(['r7']);
      expect(sorted(found['r7'])).toEqual(sorted(wanted));
      expect(await written(sink, dir)).toEqual(ids);
      expect(receiver.log()).toContain(`job ${cancelled} has no scores: it is cancelled`);
      expect(receiver.log()).toMatch(/has no scores: it is failed/);
    },
  );

  test.each(sinks)(
    'a receiver of %s that is killed again and again while it writes, and is started again, loses no job and has none twice',
    async (sink: Sink) => {
      const dir = await temporaryFolder();
      let receiver = await startForwarder(sink, { dir });
      const { port } = receiver;
      const server = await serverFor(receiver.url);
      const ids: string[] = [];
      for (const step of [1, 2, 3]) {
        ids.push(await server.submit(step));
        // As soon as it is at work: in the middle of what it writes, before its note, or just after it.
        await eventually(async () =>
          (await readFile(join(dir, `${sink}.log`), 'utf8')).includes(`begun ${ids.at(-1)}`),
        );
        await receiver.kill();
        await server.ended(ids.at(-1) ?? '');
        receiver = await startForwarder(sink, { dir, port });
      }
      await eventually(async () => (await written(sink, dir)).length === ids.length);
      await server.delivered(ids.length);
      const jobs = await Promise.all(ids.map((id) => getJob(server.url, id)));
      expect(sorted(readForwarded(sink, dir)['r7'])).toEqual(sorted(expected(sink, jobs)));
      expect((await written(sink, dir)).toSorted()).toEqual(ids.toSorted());

      // As a crash between a write and its note leaves it: the job is there, and the note says only that it was begun.
      await receiver.stop();
      const state = await readFile(join(dir, `${sink}.log`), 'utf8');
      const last = ids.find((id) => state.trimEnd().endsWith(`done ${id}`)) ?? '';
      await writeFile(join(dir, `${sink}.log`), state.replace(`done ${last}\n`, 'do'));
      receiver = await startForwarder(sink, { dir });
      expect(await postJob(receiver.url, await getJob(server.url, last))).toBe(204);
      expect(sorted(readForwarded(sink, dir)['r7'])).toEqual(sorted(expected(sink, jobs)));
      expect((await written(sink, dir)).toSorted()).toEqual(ids.toSorted());
    },
  );

  test('a system that cannot be reached has evald send the job again, and it is there once the system is', async () => {
    const dir = await temporaryFolder();
    const [absent] = await freePorts(1);
    const down = await startForwarder('mlflow', {
      dir,
      flags: ['--server', `http://127.0.0.1:${absent}`],
      env: { MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' },
    });
    const server = await serverFor(down.url);
    const id = await server.submit(1);
    await eventually(() => /failed \(attempt 1\), again in \d+ s: .*answered 503/.test(server.log()));
    expect(down.log()).toMatch(new RegExp(`job ${id} could not be written: \\w+: .*127.0.0.1`));
    expect(await written('mlflow', dir)).toEqual([]);
    await down.stop();
    const up = await startForwarder('mlflow', { dir, port: down.port });
    await server.delivered(1);
    expect(up.log()).toContain(`job ${id}: `);
    expect(readForwarded('mlflow', dir)['r7']).toEqual(expected('mlflow', [await getJob(server.url, id)]));
  });
});
