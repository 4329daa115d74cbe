import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DryRunAnswer, dryRunAnswerSchema } from '../../src/schemas/submission/dryRun.ts';
import { submitAnswerSchema } from '../../src/schemas/submission/submission.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { type SentAnswer, send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { fixture } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const post = (url: string, path: string, body: object, headers: Record<string, string> = {}): Promise<SentAnswer> =>
  send(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function tried(url: string, body: object, headers: Record<string, string> = {}): Promise<DryRunAnswer> {
  const answer = await post(url, '/evaluate?dry_run=1', body, headers);
  expect(answer.status, answer.text).toBe(200);
  return dryRunAnswerSchema.strict().parse(answer.json);
}

const shown = async (url: string, path: string) => (await send(url + path, { method: 'GET' })).text;
const quick = { model: 'majority', tasks: ['demo_digits'], limit: 1 };

describe.concurrent('a submission that is only tried', () => {
  test('says what would come of it, and leaves nothing: no job, no event, no folder', async (context) => {
    const server = await startServer();
    context.onTestFinished(async () => void (await server.stop()));
    const before = await shown(server.url, '/queue');
    const answer = await tried(server.url, { ...quick, priority: 7, labels: { run: 'r7' }, frobnicate: 1 });
    expect(answer).toMatchObject({
      request: { model: 'majority', tasks: ['demo_digits'], limit: 1, num_gpus: 1 },
      priority: 7,
      labels: { run: 'r7' },
      position_in_queue: 0,
      waiting_for: null,
      devices: { needed: 1, total: null, free: null, are_free: null },
      expected_start_at: expect.any(String),
      expected_end_at: null,
      repeats: null,
      warnings: ['unknown field "frobnicate" was ignored'],
    });
    const output = join(server.dataDir, 'outputs', 'lmms_eval_JOB_ID');
    expect(answer.command).toEqual(
      expect.arrayContaining(['--model=majority', '--tasks=demo_digits', `--output_path=${output}`]),
    );
    expect(await shown(server.url, '/queue')).toBe(before);
    expect(JSON.parse(await shown(server.url, '/jobs'))).toMatchObject({ jobs: [] });
    for (const folder of ['outputs', 'runs']) {
      expect(await readdir(join(server.dataDir, folder)).catch(() => [])).toEqual([]);
    }
    // The first event of all is that of the first job.
    const jobId = await submit(server.url, quick);
    await endedJob(server.url, jobId);
    expect(await shown(server.url, `/jobs/${jobId}/events`)).toMatch(/^event: submitted\nid: 1\n/m);
  });

  test('consumes no Idempotency-Key, and says which job a known one would answer', async (context) => {
    const server = await startServer();
    context.onTestFinished(async () => void (await server.stop()));
    const key = { 'idempotency-key': 'k1' };
    expect(await tried(server.url, quick, key)).toMatchObject({ repeats: null });
    const other = { ...quick, limit: 2 };
    const jobId = await submit(server.url, other, key);
    expect(await tried(server.url, other, key)).toMatchObject({ repeats: jobId });
    expect(await post(server.url, '/evaluate?dry_run=1', quick, key)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('used for another request') },
    });
    expect(await post(server.url, '/evaluate?dry_run=1', quick, { 'idempotency-key': 'two words' })).toMatchObject({
      status: 422,
    });
  });

  test('shows no credential, neither of its request nor of the operator', async (context) => {
    const flags = ['--extra-args', '--judge_key sk-operator-0123456789abcdef --wandb_args=api_key=sk-wandb-0123456789'];
    const server = await startServer({ flags, env: { HF_TOKEN: 'hf_environment0123456789' } });
    context.onTestFinished(async () => void (await server.stop()));
    const secret = 'sk-requested-0123456789abcdef';
    const { text, json } = await post(server.url, '/evaluate?dry_run=yes', {
      ...quick,
      model_args: { api_key: secret, delay: 1 },
      callback_url: 'https://hooks.example.org/?token=sk-callback-0123456789',
    });
    expect(text).not.toMatch(/sk-(requested|operator|wandb|callback)|hf_environment/);
    const { command, request, callback_url } = dryRunAnswerSchema.parse(json);
    expect(request.model_args).toEqual({ api_key: '***', delay: 1 });
    expect(callback_url).toBe('https://hooks.example.org/?token=***');
    expect(command?.slice(-3)).toEqual([
      '***',
      '--wandb_args=api_key=***',
      expect.stringMatching(/^--config=.*JOB_ID/),
    ]);
  });

  test('is priced by the devices that are free and by the queue as it is', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start({ flags: ['--gpus', '0,1,2', '--slots', '3'] });
    const running = await submit(server.url, { ...counted.request('a'), num_gpus: 2 });
    await jobWhen(server.url, running, ({ status }) => status === 'running');
    const gpus = (num_gpus: number, more: object = {}) =>
      tried(server.url, { ...counted.request('b'), num_gpus, ...more });
    expect(await gpus(1)).toMatchObject({
      devices: { needed: 1, total: 3, free: 1, are_free: true },
      position_in_queue: 0,
      waiting_for: null,
    });
    const two = { devices: { needed: 2, total: 3, free: 1, are_free: false }, position_in_queue: 0 };
    expect(await gpus(2)).toMatchObject({ ...two, waiting_for: { kind: 'devices', needed: 2, free: 1 } });
    const tooMany = await post(server.url, '/evaluate?dry_run=1', { ...counted.request('b'), num_gpus: 4 });
    expect(tooMany).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'num_gpus'], msg: expect.stringContaining('at most 3'), input: 4 }] },
    });

    for (const tag of ['c', 'd']) await submit(server.url, { ...counted.request(tag), num_gpus: 3 });
    expect(await gpus(1)).toMatchObject({ position_in_queue: 2, waiting_for: { kind: 'jobs', ahead: 2 } });
    expect(await gpus(1, { priority: 1 })).toMatchObject({ position_in_queue: 0, waiting_for: null });
    expect(JSON.parse(await shown(server.url, '/queue'))).toMatchObject({ queue_size: 2 });
    await send(`${server.url}/queue/pause`, { method: 'POST' });
    expect(await gpus(1)).toMatchObject({ waiting_for: { kind: 'pause' }, expected_start_at: null });
  });

  test('is refused as it would be: by role, by what is allowed, by a full queue, by how often', async (context) => {
    const tokens = await tokensFile(context, { eve: 'read', alice: 'submit' });
    const limits = ['--max-queue', '1', '--allow-model', 'majority', '--submissions-per-minute', '7'];
    const server = await startServer({ flags: ['--tokens', tokens.file, ...limits] });
    context.onTestFinished(async () => void (await server.stop()));
    const attempt = (name: string, body: object, query = '?dry_run=1') =>
      post(server.url, `/evaluate${query}`, body, tokens.bearer(name));
    expect((await attempt('eve', quick)).status).toBe(403);
    expect(await attempt('alice', { ...quick, model: 'other' })).toMatchObject({ status: 403 });
    expect(await attempt('alice', { ...quick, limit: 'many' })).toMatchObject({ status: 422 });
    expect(await attempt('alice', quick, '?dry_run=maybe')).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['query', 'dry_run'], input: 'maybe' }] },
    });
    const slow = { ...quick, model_args: { delay: 3_600 } };
    const running = await submit(server.url, slow, tokens.bearer('alice'));
    await jobWhen(server.url, running, ({ status }) => status === 'running', tokens.bearer('eve'));
    expect((await attempt('alice', slow, '')).status).toBe(200);
    expect(await attempt('alice', quick)).toMatchObject({
      status: 503,
      json: { detail: expect.stringContaining('The queue is full') },
    });
    expect((await attempt('alice', { ...quick, model: 'other' })).status).toBe(403);
    expect(await attempt('alice', quick)).toMatchObject({
      status: 429,
      json: { detail: expect.stringContaining('7 times in a minute') },
    });
  });

  test('that is misspelt is queued, and the answer says so', async (context) => {
    const server = await startServer();
    context.onTestFinished(async () => void (await server.stop()));
    const { json } = await post(server.url, '/evaluate?dryrun=1', quick);
    expect(submitAnswerSchema.parse(json).warnings).toEqual(['unknown query parameter "dryrun" was ignored']);
  });

  test('has no command, and says why, when the harness cannot be found any more', async (context) => {
    const counted = await countedRuns(context);
    const python = join(counted.folder, 'python');
    await symlink(fixture('counting-lmms-eval'), python);
    const server = await counted.start({ flags: ['--python', python] });
    expect(await tried(server.url, counted.request('a'))).toMatchObject({
      command: [python, ...['-m', 'lmms_eval'], expect.any(String), ...Array(4).fill(expect.any(String))],
    });
    await rm(python);
    expect(await tried(server.url, counted.request('a'))).toMatchObject({
      command: null,
      warnings: expect.arrayContaining([
        `the command that would run is not known: ${python} was not found, or is not executable; set --python to a Python that has lmms-eval`,
      ]),
    });
    expect(await counted.runs()).toEqual([]);
  });
});
