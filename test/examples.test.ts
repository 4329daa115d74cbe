import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../src/client/index.ts';
import { curl, skipWithout, systemPython } from './support/needs.ts';
import { temporaryFolder } from './support/runs/localRun.ts';
import { startServer, type TestServer } from './support/server/server.ts';
import { type TokensFile, tokensFile } from './support/server/tokens.ts';

const root = new URL('..', import.meta.url).pathname;
const examples = join(root, 'examples');

let server: TestServer;
let tokens: TokensFile;
let clean = async () => {};
beforeAll(async () => {
  const keep = (last: () => Promise<void>) => {
    clean = last;
  };
  tokens = await tokensFile({ onTestFinished: keep }, { alice: 'submit' });
  const quiz = `quiz=${join(examples, 'command/quiz.yaml')}`;
  server = await startServer({ flags: ['--tokens', tokens.file, '--command-harness', quiz] });
});
afterAll(async () => {
  await server?.stop();
  await clean();
});

const client = () => createClient({ server: server.url, token: tokens.tokenOf('alice') });

/** Runs a program of an example as its README has it. */
async function run(folder: string, program: string, ...args: string[]) {
  const child = spawn(program, args, {
    cwd: join(examples, folder),
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: await temporaryFolder(),
      EVALD_SERVER: server.url,
      EVALD_TOKEN: tokens.tokenOf('alice'),
      EVALD: `node ${join(root, 'src/evald.ts')}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

test('the example with curl submits, waits and prints the numbers; a job that fails is exit code 1', async (context) => {
  skipWithout(curl, context);
  const { code, stdout, stderr } = await run('curl', './evaluate.sh', 'nearest-template', 'demo_digits');
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^job \S+\ncompleted\n$/)]);
  expect(JSON.parse(stdout)).toMatchObject({ metrics: { demo_digits: { acc: { n: 200 } } } });
  expect((await run('curl', './evaluate.sh', 'no such model', 'demo_digits')).code).not.toBe(0);
});

test('the example in Python submits, waits, and prints a line for each score', async (context) => {
  skipWithout(systemPython, context);
  const args = ['evaluate.py', 'nearest-template', 'demo_digits', 'demo_shapes'];
  const { code, stdout, stderr } = await run('python', 'python3', ...args);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^demo_digits acc 0\.\d+ \+- 0\.\d+ n 200$/m);
  expect(stdout).toMatch(/^demo_shapes /m);
});

test('the training loop has each checkpoint evaluated once, also when it is begun again', async (context) => {
  skipWithout(systemPython, context);
  const folder = join(await temporaryFolder(), 'r7');
  const first = await run('training', 'python3', 'train.py', folder, 'nearest-template', 'demo_digits');
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toMatch(
    /^step 100: completed [\d.]+\nstep 200: completed [\d.]+\nstep 300: completed [\d.]+\n$/,
  );
  expect(await run('training', 'python3', 'train.py', folder, 'nearest-template', 'demo_digits')).toEqual(first);
  const { jobs } = await client().jobs({ label: 'run:r7' });
  expect(jobs.map(({ labels }) => labels['step']).sort()).toEqual([100, 200, 300]);
});

test('the gate for CI lets a candidate pass that loses nothing, and stops one that does', async () => {
  const { job_id } = await client().submit({ model: 'nearest-template', tasks: ['demo_digits'] });
  await client().wait(job_id);
  const passed = await run('ci', './gate.sh', job_id, 'nearest-template', 'demo_digits');
  expect([passed.code, passed.stderr]).toEqual([0, expect.not.stringContaining('evald:')]);
  expect((await run('ci', './gate.sh', job_id, 'majority', 'demo_digits')).code).toBe(1);
});

test('the program that is a harness measures what its model answers, and a task that there is not fails the job', async (context) => {
  skipWithout(systemPython, context);
  const ask = async (...tasks: string[]) => {
    const model = join(examples, 'command/answers.json');
    const { job_id } = await client().submit({ model, tasks, harness: 'command:quiz' });
    return (await client().wait(job_id, { for: 'ended' })).jobs[0];
  };
  const job = await ask('capitals', 'sums');
  expect(job).toMatchObject({ status: 'completed', warnings: [] });
  expect(job?.metrics).toMatchObject({ capitals: { acc: { value: 0.5, n: 2 } }, sums: { acc: { value: 1 } } });
  expect(await ask('rivers')).toMatchObject({ status: 'failed', error: expect.stringContaining('rivers') });
});

test('every folder of the examples has a page, and the list of them has every folder', async () => {
  const folders = globSync('*/README.md', { cwd: examples }).map(dirname);
  const all = globSync('*/', { cwd: examples }).map((name) => name.replace(/\/$/, ''));
  expect(folders.sort()).toEqual(all.filter((name) => name !== 'README.md').sort());
  const list = await readFile(join(examples, 'README.md'), 'utf8');
  for (const name of folders) expect(list).toContain(`[${name}/](${name})`);
});
