import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Client, createClient, type FeedItem, type LiveItem } from '../../src/client/index.ts';
import { operations } from '../../src/http/app.ts';
import { writeLmEvalRun } from '../support/runs/earlierRuns.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const endless = { ...quick, model_args: { delay: 3_600 } };

let server: TestServer;
let client: Client;
/** What was asked, as operations are described. */
const asked = new Set<string>();
beforeAll(async () => {
  const template = join(tmpdir(), `evald-methods-${process.pid}.json`);
  await writeFile(template, JSON.stringify({ ...quick, labels: { step: '{step}' } }));
  server = await startServer({ flags: ['--hook-template', template] });
  await rm(template);
  const noting: typeof fetch = (input, init) => {
    asked.add(operationOf((init?.method ?? 'GET').replace('HEAD', 'GET'), new URL(String(input)).pathname));
    return fetch(input, init);
  };
  client = createClient({ server: server.url, fetch: noting });
});
afterAll(() => server.stop());

function operationOf(method: string, path: string): string {
  const fits = (described: string) =>
    new RegExp(
      `^${described
        .replaceAll('.', '\\.')
        .replaceAll('{path}', '.+')
        .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
    ).test(path);
  // Of two that fit, the one with fewer parameters.
  const found = operations
    .filter((operation) => operation.method === method.toLowerCase() && fits(operation.path))
    .sort((one, other) => one.path.split('{').length - other.path.split('{').length);
  return found[0]?.id ?? `${method} ${path}`;
}

async function collect<T>(items: AsyncIterable<T>, isLast: (item: T) => boolean = () => false): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (isLast(item)) break;
  }
  return all;
}

const ended = async (submission: Parameters<Client['submit']>[0] = quick) => {
  const { job_id } = await client.submit(submission);
  await client.wait(job_id);
  return job_id;
};

test('a job is submitted, waited for, compared, and shown with its numbers, samples, files and log', async () => {
  const { job_id: id, status } = await client.submit({ ...quick, labels: { run: 'shown' } });
  expect(status).toBe('queued');
  const seen: string[] = [];
  const waited = await client.wait([id, id], { onJob: (job) => seen.push(job.status) });
  expect(waited).toMatchObject({ met: true, jobs: [{ job_id: id, status: 'completed' }] });
  expect(seen.at(-1)).toBe('completed');
  expect(await client.job(id)).toEqual(waited.jobs[0]);
  expect(await client.job(id, { wait: 60 })).toEqual(waited.jobs[0]);

  expect(await client.dryRun(quick)).toMatchObject({ dry_run: true, position_in_queue: 0 });
  expect(await client.act({ action: 'cancel', ids: [id] })).toMatchObject({
    jobs: [{ job_id: id, outcome: 'refused' }],
  });

  expect(await client.results(id)).toMatchObject({ job_id: id, metrics: { demo_digits: { acc: { n: 5 } } } });
  expect(await client.samples(id, 'demo_digits', { limit: 2 })).toMatchObject({ total: 5, next_offset: 2 });
  const { samples } = await client.samples(id, 'demo_digits');
  expect(await collect(client.allSamples(id, 'demo_digits', { limit: 2 }))).toEqual(samples);
  expect(await collect(client.allSamples(id, 'demo_digits', { limit: 2, offset: 3 }))).toEqual(samples.slice(3));

  const same = { task: 'demo_digits', metric: 'acc', filter: 'none', verdict: 'same', n_paired: 5 };
  expect(await client.compare({ a: id, b: id, task: 'demo_digits' })).toMatchObject({ comparisons: [same] });
  const policy = { tasks: { demo_digits: { max_drop: 1 } } };
  expect(await client.gate({ baseline: id, candidate: id, policy })).toMatchObject({ verdict: 'pass', candidate: id });

  const { files } = await client.artifacts(id);
  const results = files.find(({ path }) => path.endsWith('_results.json'));
  const whole = await client.artifact(id, results?.path ?? '');
  expect(await whole.json()).toMatchObject({ results: { demo_digits: {} } });
  const part = await client.artifact(id, results?.path ?? '', { range: { start: 0, end: 0 } });
  expect([part.status, await part.text()]).toEqual([206, '{']);

  const log = await client.log(id);
  expect(log.split('\n').length).toBeGreaterThan(3);
  expect(log.endsWith(await client.log(id, { tail: 3 }))).toBe(true);
  const raw = await client.log(id, { raw: true });
  expect(await client.log(id, { range: { start: -4 } })).toBe(raw.slice(-4));
  expect(await client.logSize(id)).toBe(Buffer.byteLength(raw));
  expect(Buffer.from(await client.logBytes(id, { start: 2, end: 9 }))).toEqual(Buffer.from(raw).subarray(2, 10));
  expect(await (await client.logResponse(id)).text()).toBe(raw);
  expect(await text(client.logText(id))).toBe(log);
  expect(await text(client.followLog(id))).toBe(log);
  expect(await text(client.followLog(id, { raw: true }))).toBe(raw);
});

test('a log that is followed comes as it is written, and ends with its job', async () => {
  const { job_id: id } = await client.submit(endless);
  let followed = '';
  for await (const piece of client.followLog(id)) {
    if (followed === '') await client.stop(id);
    followed += piece;
  }
  expect((await client.job(id)).status).toBe('failed');
  expect(followed).not.toBe('');
});

test('jobs are listed by a filter, a page at a time or all of them', async () => {
  const label = 'run:listed';
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.push(await ended({ ...quick, labels: { run: 'listed' } }));
  const first = await client.jobs({ label, order: 'oldest', limit: 2 });
  expect(first.jobs.map(({ job_id }) => job_id)).toEqual(ids.slice(0, 2));
  const second = await client.jobs({ label, order: 'oldest', limit: 2, cursor: first.next_cursor ?? undefined });
  expect(second.jobs.map(({ job_id }) => job_id)).toEqual(ids.slice(2, 4));
  const all = await collect(client.allJobs({ label, order: 'oldest', limit: 2 }));
  expect(all.map(({ job_id }) => job_id)).toEqual(ids);
  expect(await collect(client.allJobs({ label: 'run:none' }))).toEqual([]);
});

test('scores are listed by a filter, a page at a time or all of them, and exported', async () => {
  const ids: string[] = [];
  for (const step of [1, 2, 3]) ids.push(await ended({ ...quick, labels: { run: 'scored', step } }));
  const label = 'run:scored';
  const first = await client.scores({ label, x: 'label:step', limit: 2, missing: true });
  expect(first.scores.map(({ job_id, x }) => [job_id, x])).toEqual([
    [ids[0], 1],
    [ids[1], 2],
  ]);
  expect(first.missing).toEqual([]);
  const second = await client.scores({ label, limit: 2, cursor: first.next_cursor ?? undefined });
  expect(second.scores.map(({ job_id }) => job_id)).toEqual(ids.slice(2));
  const newest = await collect(client.allScores({ label, limit: 1, order: 'newest' }));
  expect(newest.map(({ job_id }) => job_id)).toEqual(ids.toReversed());
  const all = await collect(client.allScores({ label, limit: 1 }));
  expect(all.map(({ job_id }) => job_id)).toEqual(ids);
  const table = await client.exportScores('json', { label });
  expect(await table.json()).toMatchObject(ids.map((job) => ({ job, run: 'scored' })));
});

test('what waits is reprioritised and cancelled, what runs is stopped, what has ended is tried again', async () => {
  const running = (await client.submit(endless)).job_id;
  const waiting = (await client.submit(quick)).job_id;
  expect(await client.reprioritise(waiting, 10)).toMatchObject({ priority: 10, status: 'queued' });
  expect(await client.cancel(waiting)).toEqual({ message: `Job ${waiting} cancelled` });
  expect(await client.wait([running, waiting], { mode: 'any' })).toMatchObject({ met: true });
  expect(await client.wait([running, waiting], { mode: 'all', for: 'completed' })).toMatchObject({ met: false });
  expect(await client.wait(waiting, { mode: 'any', for: 'completed' })).toMatchObject({ met: false });
  await eventually(async () => (await client.job(running)).status === 'running');
  await client.stop(running);
  expect(await client.wait(running)).toMatchObject({ met: true, jobs: [{ failure_kind: 'stopped' }] });
  await client.pause();
  const retried = await client.retry(running, { missing: true });
  expect(retried).toMatchObject({ retry_of: running });
  await client.cancel(retried.job_id);
  await client.resume();
  expect(await client.wait(retried.job_id)).toMatchObject({ met: true, jobs: [{ status: 'cancelled' }] });
  expect(await client.wait([])).toEqual({ met: true, jobs: [] });
});

test('a key that is sent again answers the same job, also of a retry', async () => {
  const first = await client.submit(quick, { idempotencyKey: 'step-1' });
  expect((await client.submit(quick, { idempotencyKey: 'step-1' })).job_id).toBe(first.job_id);
  expect((await client.submit(quick)).job_id).not.toBe(first.job_id);
  await client.wait(first.job_id);
  const retry = await client.retry(first.job_id, { idempotencyKey: 'again-1' });
  expect((await client.retry(first.job_id, { idempotencyKey: 'again-1' })).job_id).toBe(retry.job_id);
});

test('the queue is paused and resumed, and is sent again only when it has changed', async () => {
  expect(await client.pause()).toEqual({ paused: true });
  const paused = await client.queue();
  expect(paused.paused).toBe(true);
  expect(await client.queue()).toBe(paused);
  const { job_id } = await client.submit(quick);
  expect((await client.queue()).queued_jobs).toContain(job_id);
  expect(await client.resume()).toEqual({ paused: false });
  await client.wait(job_id);
});

test('the events of a job end with it; those of all jobs go on from a number', async () => {
  const id = await ended();
  const own = await collect(client.events({ job: id }));
  expect(own.map(({ type }) => type)).toEqual(['submitted', 'started', 'launched', 'completed']);
  const numberOf = (item: FeedItem | undefined) => (item?.type === 'gap' ? item.to : (item?.number ?? 0));
  expect(await collect(client.events({ job: id, after: numberOf(own.at(-1)) }))).toEqual([]);
  const all = await collect(client.events({ after: 0 }), (item) => numberOf(item) === numberOf(own.at(-1)));
  expect(all.map(numberOf)).toEqual(all.map((_, index) => index + 1));
});

test('events that are no longer kept are a gap, with the numbers of the first and the last of them', async () => {
  const forgetful = await startServer({ flags: ['--history', '1'] });
  onTestFinished(async () => {
    await forgetful.stop();
  });
  const { submit, wait, events } = createClient({ server: forgetful.url });
  for (let count = 0; count < 3; count++) await wait((await submit(quick)).job_id);
  await eventually(async () => {
    const { value: first } = await events({ after: 0 }).next();
    return first?.type === 'gap' && first.from === 1;
  });
  const [gap, next] = await collect(events({ after: 0 }), ({ type }) => type !== 'gap');
  expect(gap).toEqual({ type: 'gap', from: 1, to: expect.any(Number) });
  expect(next).toMatchObject({ number: gap?.type === 'gap' ? gap.to + 1 : 0 });
});

test('the transitions of all charts come after their states', async () => {
  const items = client.liveTransitions();
  const first = (await items.next()).value as LiveItem;
  expect(first).toMatchObject({ type: 'live', live: { scheduler: expect.any(Array) } });
  const { job_id } = await client.submit(quick);
  const rest = await collect(items, (item) => item.type === 'transition' && item.transition.to === 'completed');
  expect(rest.every(({ type }) => type === 'transition')).toBe(true);
  await client.wait(job_id);
});

test('the server says how it is, what it knows and what it is made of', async () => {
  const engine = { name: 'local', reachable: true };
  expect(await client.health()).toMatchObject({ takes_jobs: true, blocked: null, engine });
  expect(await client.about()).toEqual({ harness: 'demo', backend: 'local', slots: 1, version: expect.any(String) });
  expect(await client.caller()).toEqual({ name: null, role: 'admin', needs_token: false });
  expect((await client.tasks()).tasks).toContain('demo_digits');
  expect((await client.models()).models).toContain('majority');
  expect((await client.harnesses()).harnesses.map(({ name }) => name)).toContain('demo');
  const { machines } = await client.machines();
  expect(await client.machine('job')).toEqual(machines.find(({ name }) => name === 'job')?.machine);
  expect(await client.drawing('job.svg')).toContain('<svg');
  expect(await client.live()).toMatchObject({ jobs: { running: expect.any(Number) } });
  expect(await client.openapi()).toMatchObject({ openapi: '3.1.0' });
  await expect(client.merge({ checkpoint_path: '/no/such/checkpoint' })).rejects.toMatchObject({ name: 'ClientError' });
});

test('a checkpoint that training has written is evaluated as the server says, and asked for until its metrics are there', async () => {
  const hook = { event: 'save', step: 12, checkpoint_dir: '/run/12', output_dir: '/run' };
  const { job_id, metrics } = await client.hookCheckpoint(hook);
  expect(metrics).toEqual({});
  const { status, metrics: scores } = await client.pollHook(job_id, { wait: 60 });
  expect([status, scores['eval/demo_digits/acc']]).toEqual(['completed', expect.any(Number)]);
  expect(await client.hookCheckpoint(hook, { wait: 60 })).toMatchObject({ job_id, status: 'completed' });
});

test('earlier runs in a folder become jobs, and are skipped when they are imported again', async () => {
  const dir = await temporaryFolder();
  const { results } = await writeLmEvalRun(dir);
  const { imported } = await client.importRuns({ dir, labels: { run: 'earlier' } });
  expect(imported).toMatchObject([{ file: results, harness: 'lm-eval', model: 'hf', tasks: ['sums_hard'] }]);
  expect(await client.job(imported[0]?.job_id ?? '')).toMatchObject({ imported: results, labels: { run: 'earlier' } });
  const again = await client.importRuns({ dir });
  expect(again).toMatchObject({ imported: [], skipped: [{ file: results }] });
});

test('every operation of the server was asked by a method, but for the pages and what Prometheus reads', () => {
  const pages = new Set(['showMetrics', 'showInterface', 'showInterfacePart', 'showDashboard', 'showDashboardPart']);
  expect([...asked].sort()).toEqual(
    operations
      .map(({ id }) => id)
      .filter((id) => !pages.has(id))
      .sort(),
  );
});
