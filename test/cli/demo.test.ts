import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { processesOf } from '../support/runs/processes.ts';
import { runNode } from '../support/server/runMain.ts';

const demo = new URL('../../src/cli/demo/demo.ts', import.meta.url).pathname;
const main = new URL('../../src/evald.ts', import.meta.url).pathname;
const models = ['nearest-template', 'majority', 'random'];

test('the demo evaluates three models, prints their scores as a table, and ends with exit code 0', async () => {
  const { code, stdout, stderr } = await runNode([demo]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  const lines = stdout.split('\n');
  const head = lines.findIndex((line) => line.trimStart().startsWith('model '));
  expect(lines[head]?.trim().split(/\s{2,}/)).toEqual(['model', 'demo_digits acc', 'demo_shapes acc']);
  const rows = lines.slice(head + 2, head + 2 + models.length).map((line) => line.trim().split(/\s{2,}/));
  expect(rows.map(([model]) => model)).toEqual(models);
  const score = expect.stringMatching(/^[01]\.\d{3} ± 0\.\d{3}$/);
  expect(rows.map(([, ...scores]) => scores)).toEqual(models.map(() => [score, score]));
  // A model that looks beats one that guesses: the numbers are computed.
  const [looks, , guesses] = rows.map(([, digits]) => Number.parseFloat(digits ?? ''));
  expect(looks).toBeGreaterThan(guesses ?? 1);

  // Without a terminal its bars are lines: at least one that waits, one that runs and one that is done.
  for (const state of [/ {2}waits: \d ahead/m, / {2}runs: \d+ %/m, / {2}completed in /m]) expect(stdout).toMatch(state);
});

test.each(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const)(
  'on %s the demo leaves no server, no run and no folder behind',
  async (signal) => {
    const folder = await temporaryFolder();
    const child = spawn(process.execPath, [demo], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for await (const chunk of child.stdout) if (String(chunk).includes('  runs: ')) break;
    expect(await processesOf(folder)).not.toEqual([]);
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    expect(child.exitCode).toBe(130);
    expect(await processesOf(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  },
);

test('the demo that stays says last where its page is, has jobs in every state there, and leaves nothing behind on Ctrl-C', async () => {
  const folder = await temporaryFolder();
  const child = spawn(process.execPath, [main, 'demo', '--stay'], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (text) => errors.push(String(text)));
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^The page: (http:\S+)\/ {2}\(Ctrl-C ends the server/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  const page = await fetch(`${url}/`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);

  const client = createClient({ server: url });
  const { jobs } = await client.jobs({ limit: 100 });
  const of = (state: string) => jobs.filter(({ status }) => status === state);
  expect(jobs.length).toBeGreaterThanOrEqual(3 + 12);
  expect(new Set(of('completed').map(({ request }) => request.model)).size).toBe(3);
  expect(
    of('completed')
      .filter(({ labels }) => labels['run'] === 'r7')
      .map(({ labels }) => labels['step']),
  ).toHaveLength(5);
  expect(of('failed').map(({ error }) => error)).toEqual([expect.stringContaining("unexpected argument 'nosie'")]);
  expect(of('cancelled')).toHaveLength(1);
  expect(of('running')).toHaveLength(1);
  expect(new Set(of('queued').map(({ priority }) => priority))).toEqual(new Set([10, 0, -5]));

  // Its checkpoints were evaluated on the same documents, and become better.
  for (const task of ['demo_digits', 'demo_shapes']) {
    const { scores } = await client.scores({ label: 'run:r7', task });
    const steps = scores.map(({ step }) => step);
    expect(steps).toEqual([1_000, 2_000, 3_000, 5_000, 6_000]);
    const values = scores.map(({ value }) => Number(value));
    expect(values).toEqual(values.toSorted((one, other) => one - other));
    const [first, last] = [scores[0]?.job_id ?? '', scores.at(-1)?.job_id ?? ''];
    const { comparisons } = await client.compare({ a: first, b: last, task });
    expect(comparisons).toMatchObject([{ n_paired: 200, test: 'mcnemar', verdict: 'better' }]);
  }

  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
  expect({ code: child.exitCode, stderr: errors.join('') }).toEqual({ code: 0, stderr: '' });
  expect(await processesOf(folder)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test('the help of the demo says how it stays', async () => {
  const { code, stdout } = await runNode([main, 'demo', '--help']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/--stay\s+keeps the server/) });
});
