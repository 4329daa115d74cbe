import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/client.ts';
import { jobInfoSchema } from '../../src/schemas/job/job.ts';
import { dryRunAnswerSchema } from '../../src/schemas/submission/dryRun.ts';
import { submitAnswerSchema } from '../../src/schemas/submission/submission.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { evald } from './asked.ts';

let server: TestServer;
let client: Client;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startServer();
  client = createClient({ server: server.url });
  folder = await realpath(await mkdtemp(join(tmpdir(), 'evald-submit-')));
  env = { EVALD_SERVER: server.url, XDG_CONFIG_HOME: folder };
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

const idsOf = (stdout: string): string[] => stdout.trimEnd().split('\n');

test('submit prints the id alone, and each flag is a field of the API', async () => {
  const flags = [
    '--num-fewshot',
    '3',
    '--batch-size',
    'auto:4',
    '--limit',
    '10',
    '--priority',
    '-5',
    '--timeout',
    '2h',
  ];
  const more = ['-a', 'seed=7,name=x', '--label', 'run=r1', '--label', 'step=12000', '--gen-kwargs', 'temperature=0'];
  await client.pause();
  const { code, stdout, stderr } = await evald(
    ['submit', 'majority', 'demo_digits', 'demo_shapes', ...flags, ...more],
    { env },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await client.job(stdout.trim())).toMatchObject({
    request: {
      ...{ model: 'majority', tasks: ['demo_digits', 'demo_shapes'], model_args: { seed: 7, name: 'x' } },
      ...{ num_fewshot: 3, batch_size: 'auto:4', limit: 10, gen_kwargs: 'temperature=0' },
    },
    ...{ priority: -5, timeout: 7_200, labels: { run: 'r1', step: 12_000 } },
  });
  await client.cancel(stdout.trim());
  await client.resume();
});

test('submit --wait ends with 0 when the job completed, and with 1 when it failed', async () => {
  const completed = await evald(['submit', 'majority', 'demo_digits', '--wait', '-o', 'json'], { env });
  expect(completed.code).toBe(0);
  expect(jobInfoSchema.parse(JSON.parse(completed.stdout)).status).toBe('completed');
  const failed = await evald(
    ['submit', 'majority', 'demo_digits', '-a', 'crash=true,fail=1', '--timeout', '1ms', '--wait'],
    { env },
  );
  expect({ code: failed.code, stderr: failed.stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining(' failed: '),
  });
});

test('submit --sweep makes a job of each match of a glob and each value of a list, with labels', async () => {
  for (const step of [900, 12_000, 1_000]) await mkdir(join(folder, 'ckpt', `step-${step}`), { recursive: true });
  const sweeps = ['--sweep', 'model_args.pretrained=ckpt/step-*', '--sweep', 'num_fewshot=0,5'];
  const { code, stdout } = await evald(['submit', 'majority', 'demo_digits', ...sweeps], { env, cwd: folder });
  expect(code).toBe(0);
  const jobs = await Promise.all(idsOf(stdout).map((id) => client.job(id)));
  expect(jobs.map(({ labels }) => labels)).toEqual(
    [900, 1_000, 12_000].flatMap((step) => [0, 5].map((num_fewshot) => ({ step, num_fewshot }))),
  );
  expect(jobs[0]?.request).toMatchObject({
    num_fewshot: 0,
    model_args: { pretrained: join(folder, 'ckpt', 'step-900') },
  });
  const none = await evald(['submit', 'majority', 'demo_digits', '--sweep', 'model_args.pretrained=none/*'], { env });
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing on this machine fits') });
});

test('submit -f reads YAML, JSON and standard input, one or several, and flags go before what a file says', async () => {
  const yaml = join(folder, 'jobs.yaml');
  await writeFile(
    yaml,
    'model: majority\ntasks: [demo_digits]\nlabels: {run: r2, step: 1}\n---\nmodel: random\ntasks: [demo_shapes]\n',
  );
  const both = await evald(['submit', '-f', yaml, '--label', 'step=2', '-o', 'json'], { env });
  const answers = submitAnswerSchema.array().parse(JSON.parse(both.stdout));
  const jobs = await Promise.all(answers.map(({ job_id }) => client.job(job_id)));
  expect(jobs.map(({ labels }) => labels)).toEqual([{ run: 'r2', step: 2 }, { step: 2 }]);
  const input = JSON.stringify({ model: 'majority', tasks: ['demo_digits'] });
  const piped = await evald(['submit', '-f', '-', '-o', 'json'], { env, input });
  expect(submitAnswerSchema.parse(JSON.parse(piped.stdout)).job_id).not.toBe('');
  for (const wrong of ['{', '- 1', '', 'a: *none']) {
    const refused = await evald(['submit', '-f', '-'], { env, input: wrong });
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^evald: [^\n]+\n/) });
  }
});

test('submit with an idempotency key is one job, and one for each of a sweep', async () => {
  const args = ['submit', 'majority', 'demo_digits', '--idempotency-key', 'k1', '--sweep', 'num_fewshot=1,2'];
  const first = await evald(args, { env });
  const again = await evald(args, { env });
  expect(new Set(idsOf(first.stdout)).size).toBe(2);
  expect(again.stdout).toBe(first.stdout);
});

test('submit --dry-run says what would run, and queues nothing', async () => {
  const before = (await client.jobs({ limit: 1 })).jobs[0]?.job_id;
  const args = ['submit', 'majority', 'demo_digits', '--dry-run'];
  const { code, stdout } = await evald([...args, '-o', 'json'], { env });
  expect(code).toBe(0);
  expect(dryRunAnswerSchema.parse(JSON.parse(stdout)).request.model).toBe('majority');
  expect((await evald(args, { env })).stdout).toMatch(/^command +\S/m);
  expect((await client.jobs({ limit: 1 })).jobs[0]?.job_id).toBe(before);
});

test('cancel, priority, stop and retry change jobs, say what became of each, and can be repeated', async () => {
  await client.pause();
  const { stdout } = await evald(
    ['submit', 'majority', 'demo_digits', '--label', 'run=r5', '--sweep', 'num_fewshot=0,1'],
    { env },
  );
  const [a = '', b = ''] = idsOf(stdout);
  const asked = (...args: string[]) => evald([...args, '-o', 'csv', '--columns', 'outcome', '--no-header'], { env });
  expect(await asked('priority', '-7', a)).toMatchObject({ code: 0, stdout: 'done\n' });
  expect((await client.job(a)).priority).toBe(-7);
  expect(await asked('cancel', a, '--dry-run')).toMatchObject({ code: 0, stdout: 'done\n' });
  expect((await client.job(a)).status).toBe('queued');
  expect(await asked('stop', a)).toMatchObject({ code: 1, stdout: 'refused\n' });
  expect(await asked('cancel', 'label:run=r5', '--yes')).toMatchObject({ code: 0, stdout: 'done\ndone\n' });
  expect(await asked('cancel', a, b.slice(0, 9))).toMatchObject({ code: 0, stdout: 'already\nalready\n' });
  const retried = await evald(['retry', a, '-o', 'name'], { env });
  expect((await client.job(retried.stdout.trim())).retry_of).toBe(a);
  expect((await evald(['resume', '-o', 'name'], { env })).stdout).toBe('open\n');
});
