import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { submit } from '../../src/cli/client.ts';
import { eventually } from '../support/eventually.ts';
import { everyAnswer, everyStream } from '../support/everyAnswer.ts';
import { commandLinesWith, filesWith } from '../support/filesWith.ts';
import { endedJob } from '../support/jobs.ts';
import { startLmmsEvalServer } from '../support/lmmsEvalServer.ts';
import { fixture } from '../support/localRun.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { isRunning } from '../support/processes.ts';
import { startReceiver } from '../support/receiver.ts';
import { runMain } from '../support/runMain.ts';
import { send } from '../support/send.ts';
import { startServer, type TestServer } from '../support/server.ts';

const asked = 'PLANTED-"in"/the-request-4711';
const own = 'PLANTED_in_the_environment_0815';
const called = 'PLANTED_in_the_url_1234567890';
/** In the ways in which programs write them. */
const planted = [asked, own, called, JSON.stringify(asked).slice(1, -1), encodeURIComponent(asked)];
const holding = (texts: Iterable<string>): string[] =>
  [...texts].filter((text) => planted.some((one) => text.includes(one)));

/** A data folder, a harness that shows all it is told and can be held, and servers on the folder. */
async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const [dataDir, hold] = [join(folder, 'data'), join(folder, 'hold')];
  const servers: TestServer[] = [];
  onTestFinished(async () => {
    await rm(hold, { force: true });
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await writeFile(hold, '');
  const receiver = await startReceiver();
  return {
    folder,
    dataDir,
    receiver,
    release: () => rm(hold),
    start: async () => {
      const flags = ['--python', fixture('leaky-lmms-eval.mjs'), '--webhook-allow-private', '--slots', '2'];
      const env = { EVALD_TEST_HOLD: hold, HF_TOKEN: own };
      const server = await startServer({ harness: 'lmms-eval', flags, env, dataDir });
      servers.push(server);
      return server;
    },
    submit: (server: TestServer, more: object = {}) =>
      submit(
        server.url,
        {
          model: 'good',
          tasks: ['t1'],
          model_args: { response: 'B', api_key: asked, max_new_tokens: 16 },
          callback_url: `${receiver.url}/hook?key=${called}`,
          ...more,
        },
        { 'Idempotency-Key': `key-${JSON.stringify(more)}` },
      ),
  };
}

/** What a run of the fixture has written while it is held. */
const heldLog = async (dataDir: string): Promise<boolean> =>
  (await filesWith(join(dataDir, 'outputs'), ['half: '])).length > 0;

test('only the allowed places have a secret while a run is under way, and none when it has ended', async () => {
  const held = await setUp();
  const server = await held.start();
  const all = everyStream(server.url, null);
  const jobId = await held.submit(server);
  const ofJob = everyStream(server.url, jobId);
  await eventually(() => heldLog(held.dataDir));

  const during = await everyAnswer(server.url, jobId, 't1');
  expect(holding(during.values())).toEqual([]);
  expect(during.get(`/jobs/${jobId} {}`)).toContain('"api_key":"***"');
  expect(during.get(`/jobs/${jobId} {}`)).toContain('/hook?key=***');
  expect(await commandLinesWith(planted)).toEqual([]);
  const run = join('runs', jobId, '1');
  const output = join('outputs', `lmms_eval_${jobId}`);
  const files = await filesWith(held.dataDir, planted);
  expect(files.filter((path) => !/^journal\.db(-wal)?$/.test(path))).toEqual([
    expect.stringMatching(new RegExp(`^${output}/eval-[\\d-]+\\.log$`)),
    join(output, 'notes', 'deep', 'arguments.txt'),
    join(run, 'config.json'),
  ]);
  // There it must be: else nothing here would say anything.
  expect(files.some((path) => path.startsWith('journal.db'))).toBe(true);
  expect((await stat(join(held.dataDir, run, 'config.json'))).mode & 0o777).toBe(0o600);
  const journal = ['--data-dir', held.dataDir];
  expect(holding([(await runMain(['journal', 'export', ...journal])).stdout])).toEqual([]);
  expect((await runMain(['journal', 'check', ...journal])).code).toBe(0);

  await held.release();
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed', metrics: { t1: {} }, warnings: [] });
  await eventually(() => held.receiver.posts.length === 1);
  const after = await everyAnswer(server.url, jobId, 't1');
  expect(after.get(`/jobs/${jobId}/samples/t1 {}`)).toContain(`response=B,api_key=${'*'.repeat(asked.length)}`);
  expect(holding(after.values())).toEqual([]);
  expect(holding(held.receiver.posts.map(({ body }) => body))).toEqual([]);
  await eventually(() => ofJob.text().includes('event: completed') && ofJob.text().includes('Last words: '));
  expect(holding([all.text(), ofJob.text(), server.log()])).toEqual([]);
  expect(all.text()).toContain(jobId);
  all.close();
  ofJob.close();

  // Nor is it in what was deleted: files are looked through as they are on the disk.
  await eventually(() => server.log().includes('is delivered'));
  const traces = planted.filter((text) => text !== called);
  expect(await filesWith(held.dataDir, traces)).toEqual([]);
  await server.stop();
  expect(await filesWith(held.dataDir, traces)).toEqual([]);
  expect(holding([(await runMain(['journal', 'export', ...journal])).stdout])).toEqual([]);
}, 120_000);

test.each([
  ['exit', 'exited'],
  ['die', 'signalled'],
])(
  'a run that fails (%s) shows none in its error',
  async (model, failure_kind) => {
    const held = await setUp();
    const server = await held.start();
    await held.release();
    const jobId = await held.submit(server, { model, callback_url: null });
    const job = await endedJob(server.url, jobId);
    expect(job).toMatchObject({ status: 'failed', failure_kind });
    expect(job.error).toContain('Last words: response=B,api_key=***');
    expect(holding((await everyAnswer(server.url, jobId, 't1')).values())).toEqual([]);
    expect(await filesWith(held.dataDir, planted)).toEqual([]);
  },
  60_000,
);

test('in a folder that the client named, what the run wrote is blotted, and what others wrote is not touched', async () => {
  const held = await setUp();
  const server = await held.start();
  const output_dir = join(held.folder, 'named');
  const early = await held.submit(server, { output_dir, callback_url: null });
  await eventually(() => filesWith(output_dir, ['half: ']).then((files) => files.length > 0));
  await writeFile(join(output_dir, 'mine.txt'), asked);
  await held.release();
  expect(await endedJob(server.url, early)).toMatchObject({ status: 'completed' });
  // What the harness writes beside its results is not evald's to show, nor to change.
  expect(await filesWith(output_dir, planted)).toEqual(['mine.txt', 'notes/deep/arguments.txt']);
  expect(await readFile(join(output_dir, 'mine.txt'), 'utf8')).toBe(asked);
  expect(holding((await everyAnswer(server.url, early, 't1')).values())).toEqual([]);
}, 60_000);

test('a job that is cancelled, or whose run cannot be started, leaves none', async () => {
  const held = await setUp();
  const server = await held.start();
  const running = await Promise.all([held.submit(server), held.submit(server, { labels: { n: 2 } })]);
  const waiting = await held.submit(server, { labels: { n: 3 }, callback_url: null });
  await send(`${server.url}/jobs/${waiting}`, { method: 'DELETE' });
  expect(holding((await everyAnswer(server.url, waiting, 't1')).values())).toEqual([]);
  await held.release();
  for (const jobId of running) await endedJob(server.url, jobId);
  await server.stop();

  await chmod(fixture('leaky-lmms-eval.mjs'), 0o755);
  const without = await startServer({
    harness: 'lmms-eval',
    flags: ['--python', '/no/such/python'],
    dataDir: held.dataDir,
  });
  onTestFinished(async () => void (await without.stop()));
  const failed = await held.submit(without, { labels: { n: 4 }, callback_url: null });
  expect(await endedJob(without.url, failed)).toMatchObject({ status: 'failed', failure_kind: 'launch' });
  expect(await filesWith(held.dataDir, [asked, own])).toEqual([]);
}, 60_000);

test('a server that is killed while the run is under way: the next one still hides it, gives it, and forgets it', async () => {
  const held = await setUp();
  const first = await held.start();
  const jobId = await held.submit(first, { callback_url: null });
  const waiting = await held.submit(first, { callback_url: null, num_gpus: 2 });
  await eventually(() => heldLog(held.dataDir));
  await first.kill();

  const next = await held.start();
  const during = await everyAnswer(next.url, jobId, 't1');
  expect(during.get(`/jobs/${jobId} {}`)).toContain('"status":"running"');
  expect(holding(during.values())).toEqual([]);
  expect(await commandLinesWith(planted)).toEqual([]);
  await held.release();
  for (const job of [jobId, waiting]) {
    expect(await endedJob(next.url, job)).toMatchObject({ status: 'completed' });
    expect(holding((await everyAnswer(next.url, job, 't1')).values())).toEqual([]);
  }
  expect(await filesWith(held.dataDir, [asked, own])).toEqual([]);
  await next.kill();
  expect(await filesWith(held.dataDir, [asked, own])).toEqual([]);
  expect(await isRunning(next.process.pid ?? 0)).toBe(false);
}, 120_000);

test('the demo takes its arguments by file too, and its results are judged as ever', async () => {
  const server = await startServer();
  onTestFinished(async () => void (await server.stop()));
  const request = { model: 'nearest-template', tasks: ['demo'], limit: 2 };
  const jobId = await submit(server.url, { ...request, model_args: { seed: 7, api_key: asked } });
  const [task = ''] = Object.keys((await endedJob(server.url, jobId)).metrics ?? {});
  const answers = await everyAnswer(server.url, jobId, task);
  expect(answers.get(`/jobs/${jobId} {}`)).toContain('"status":"completed"');
  expect(answers.get(`/jobs/${jobId}/log {}`)).toContain(`seed=7,api_key=${'*'.repeat(asked.length)}`);
  expect(holding(answers.values())).toEqual([]);
  expect(await filesWith(server.dataDir, planted)).toEqual([]);
}, 60_000);

describeWith(lmmsEval, 'with the real lmms-eval', () => {
  test('it gets the true arguments by file, shows them and HF_TOKEN in its log, and neither is seen', async () => {
    const real = await startLmmsEvalServer([], { HF_TOKEN: own });
    onTestFinished(() => real.stop());
    const { url, dataDir } = real.server;
    const [task] = real.tiny.tasks;
    const request = { model: 'dummy', tasks: [task] };
    const jobId = await submit(url, {
      ...request,
      model_args: { response: 'B', api_key: asked, 'my token': 'Ünïcode 😀 x' },
    });
    const ofJob = everyStream(url, jobId);
    // The harness itself writes it while it runs: its start says where it reports to.
    await eventually(async () => (await filesWith(dataDir, [own])).length > 0);
    expect(holding((await everyAnswer(url, jobId, task)).values())).toEqual([]);
    expect(await commandLinesWith(planted)).toEqual([]);
    const job = await endedJob(url, jobId);
    // The answer is always "B", which is right for half of the eight pictures: the arguments have come through.
    expect(job).toMatchObject({ status: 'completed', metrics: { [task]: { exact_match: { value: 0.5, n: 8 } } } });
    const answers = await everyAnswer(url, jobId, task);
    expect(answers.get(`/jobs/${jobId}/log {}`)).toContain(`response=B,api_key=${'*'.repeat(asked.length)}`);
    await eventually(() => ofJob.text().includes('event: completed'));
    expect(holding([...answers.values(), ofJob.text(), real.server.log()])).toEqual([]);
    expect(await filesWith(dataDir, [...planted, 'Ünïcode 😀 x'])).toEqual([]);
  }, 300_000);
});
