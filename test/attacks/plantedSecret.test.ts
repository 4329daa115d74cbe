import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandLinesWith, filesWith } from '../support/files/filesWith.ts';
import { startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { everyAnswer, everyStream } from '../support/requests/everyAnswer.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { send } from '../support/requests/send.ts';
import { leakyServer, planted, plantedForms, showing } from '../support/server/leakyServer.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const redacted = `response=B,api_key=${'*'.repeat(planted.asked.length)}`;

test('only the allowed files have a secret while a run is under way, and none when it has ended', async (context) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const receiver = await startReceiver();
  const server = await leaky.start();
  const all = everyStream(server.url, null);
  const jobId = await leaky.submit(server, { callback_url: `${receiver.url}/hook?key=${planted.called}` });
  const ofJob = everyStream(server.url, jobId);
  await leaky.held();

  const during = await everyAnswer(server.url, jobId, 't1');
  expect(showing(during.values())).toEqual([]);
  expect(during.get(`/jobs/${jobId} {}`)).toContain('"api_key":"***"');
  expect(during.get(`/jobs/${jobId} {}`)).toContain('/hook?key=***');
  expect(await commandLinesWith(plantedForms)).toEqual([]);
  const config = join('runs', jobId, '1', 'config.json');
  const output = join('outputs', `lmms_eval_${jobId}`);
  const files = await filesWith(leaky.dataDir, plantedForms);
  expect(files.filter((path) => !/^journal\.db(-wal)?$/.test(path))).toEqual([
    expect.stringMatching(new RegExp(`^${output}/eval-[\\d-]+\\.log$`)),
    join(output, 'notes', 'deep', 'arguments.txt'),
    config,
  ]);
  // There it must be: else nothing here would say anything.
  expect(files.some((path) => path.startsWith('journal.db'))).toBe(true);
  expect((await stat(join(leaky.dataDir, config))).mode & 0o777).toBe(0o600);
  const journal = ['--data-dir', leaky.dataDir];
  expect(showing([(await runMain(['journal', 'export', ...journal])).stdout])).toEqual([]);
  expect((await runMain(['journal', 'check', ...journal])).code).toBe(0);

  await leaky.release();
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed', metrics: { t1: {} }, warnings: [] });
  await eventually(() => server.log().includes('is delivered'));
  const after = await everyAnswer(server.url, jobId, 't1');
  expect(after.get(`/jobs/${jobId}/samples/t1 {}`)).toContain(redacted);
  expect(showing(after.values())).toEqual([]);
  expect(receiver.posts).toHaveLength(1);
  expect(showing(receiver.posts.map(({ body }) => body))).toEqual([]);
  await eventually(() => ofJob.text().includes('event: completed') && ofJob.text().includes('Last words: '));
  expect(all.text()).toContain(jobId);
  expect(showing([all.text(), ofJob.text(), server.log()])).toEqual([]);
  all.close();
  ofJob.close();

  // Nor is it in what was deleted: files are looked through as they are on the disk. The receiver's URL is kept with the
  // job, for a retry, and shown by nothing.
  const traces = plantedForms.filter((text) => text !== planted.called);
  expect(await filesWith(leaky.dataDir, traces)).toEqual([]);
  await server.stop();
  expect(await filesWith(leaky.dataDir, traces)).toEqual([]);
  expect(showing([(await runMain(['journal', 'export', ...journal])).stdout])).toEqual([]);
});

test.each([
  ['exit', 'exited'],
  ['die', 'signalled'],
])(
  'a run that fails (%s) shows no secret in its error',
  async (model, failure_kind) => {
    const leaky = await leakyServer({ onTestFinished });
    const server = await leaky.start();
    const jobId = await leaky.submit(server, { model });
    const job = await endedJob(server.url, jobId);
    expect(job).toMatchObject({ status: 'failed', failure_kind });
    expect(job.error).toContain(`Last words: ${redacted}`);
    expect(showing((await everyAnswer(server.url, jobId, 't1')).values())).toEqual([]);
    expect(await filesWith(leaky.dataDir, plantedForms)).toEqual([]);
  },
  60_000,
);

test('in a folder that the client named, what evald shows is redacted, and what others wrote is not touched', async (context) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const server = await leaky.start();
  const output_dir = join(leaky.folder, 'named');
  const jobId = await leaky.submit(server, { output_dir });
  await leaky.held(output_dir);
  await writeFile(join(output_dir, 'mine.txt'), planted.asked);
  await leaky.release();
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed' });
  // What the harness writes beside its log, results and samples is not evald's to show, nor to change.
  expect(await filesWith(output_dir, plantedForms)).toEqual(['mine.txt', 'notes/deep/arguments.txt']);
  expect(await readFile(join(output_dir, 'mine.txt'), 'utf8')).toBe(planted.asked);
  expect(showing((await everyAnswer(server.url, jobId, 't1')).values())).toEqual([]);
});

test('a job that is cancelled, or whose run cannot be started, leaves no secret', async (context) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const server = await leaky.start();
  const running = [await leaky.submit(server), await leaky.submit(server, { labels: { n: 2 } })];
  const waiting = await leaky.submit(server, { labels: { n: 3 } });
  expect(await send(`${server.url}/jobs/${waiting}`, { method: 'DELETE' })).toMatchObject({ status: 200 });
  expect(showing((await everyAnswer(server.url, waiting, 't1')).values())).toEqual([]);
  await leaky.release();
  for (const jobId of running) await endedJob(server.url, jobId);
  const python = join(leaky.folder, 'python');
  await writeFile(python, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const failed = await leaky.submit(server, { output_dir: join(python, 'x') });
  expect(await endedJob(server.url, failed)).toMatchObject({ status: 'failed', failure_kind: 'launch' });
  await server.stop();

  const without = await leaky.start({ flags: ['--python', python] });
  await chmod(python, 0o644);
  const held = await leaky.submit(without, { labels: { n: 4 } });
  await eventually(async () => Object((await send(`${without.url}/queue`, { method: 'GET' })).json).blocked !== null);
  await send(`${without.url}/jobs/${held}/stop`, { method: 'POST' });
  expect(await endedJob(without.url, held)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
  expect(await filesWith(leaky.dataDir, plantedForms)).toEqual([]);
});

test('the demo takes its arguments by file too, and its results are judged the same', async () => {
  const server = await startServer();
  onTestFinished(async () => void (await server.stop()));
  const request = { model: 'nearest-template', tasks: ['demo'], limit: 2 };
  const jobId = await submit(server.url, { ...request, model_args: { seed: 7, api_key: planted.asked } });
  const [task = ''] = Object.keys((await endedJob(server.url, jobId)).metrics ?? {});
  const answers = await everyAnswer(server.url, jobId, task);
  expect(answers.get(`/jobs/${jobId} {}`)).toContain('"status":"completed"');
  expect(answers.get(`/jobs/${jobId}/log {}`)).toContain(`seed=7,api_key=${'*'.repeat(planted.asked.length)}`);
  expect(showing(answers.values())).toEqual([]);
  expect(await filesWith(server.dataDir, plantedForms)).toEqual([]);
});

describeWith(lmmsEval, 'with the real lmms-eval', () => {
  test('the real lmms-eval gets the true arguments by file, logs them and HF_TOKEN, and neither is shown', async () => {
    const real = await startLmmsEvalServer([], { HF_TOKEN: planted.own });
    onTestFinished(() => real.stop());
    const { url, dataDir } = real.server;
    const [task] = real.tiny.tasks;
    const model_args = { response: 'B', api_key: planted.asked, 'my token': 'of several words' };
    const gen_kwargs = `max_new_tokens=3,api_key=${planted.generated}`;
    const jobId = await submit(url, { model: 'dummy', tasks: [task], model_args, gen_kwargs });
    const ofJob = everyStream(url, jobId);
    // The harness itself writes it while it runs: its start says where it reports to.
    await eventually(async () => (await filesWith(dataDir, [planted.own])).length > 0);
    expect(showing((await everyAnswer(url, jobId, task)).values())).toEqual([]);
    expect(await commandLinesWith(plantedForms)).toEqual([]);
    const job = await endedJob(url, jobId);
    // The answer is always "B", which is right for half of the eight pictures: the arguments have come through.
    expect(job).toMatchObject({ status: 'completed', metrics: { [task]: { exact_match: { value: 0.5, n: 8 } } } });
    const answers = await everyAnswer(url, jobId, task);
    expect(answers.get(`/jobs/${jobId}/log {}`)).toContain(redacted);
    await eventually(() => ofJob.text().includes('event: completed'));
    expect(showing([...answers.values(), ofJob.text(), real.server.log()])).toEqual([]);
    expect(await filesWith(dataDir, [...plantedForms, 'several words'])).toEqual([]);
  }, 300_000);
});
