import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { gateAnswerSchema } from '../../src/schemas/scores/gate.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { evald } from './asked.ts';

const main = new URL('../../src/evald.ts', import.meta.url).pathname;

let server: TestServer;
let folder: string;
let env: Record<string, string>;
const jobs = { baseline: '', equal: '', worse: '', short: '', queued: '' };

/** As the page of the command line has it. */
const SCRIPT = `
set -eu
code=0; evald gate "$1" "$2" --policy gate.yaml || code=$?
case $code in
  0) echo promote ;;
  1) echo 'it is worse'; exit 1 ;;
  3) echo 'nothing can be said: more samples' ;;
  *) echo "the gate could not decide ($code)"; exit 1 ;;
esac
`;

beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'evald-gate-'));
  env = { EVALD_SERVER: server.url, XDG_CONFIG_HOME: folder };
  const client = createClient({ server: server.url });
  const tasks = ['demo_digits', 'demo_shapes'];
  const run = async (model: string, more: { limit?: number } = {}) => {
    const { job_id } = await client.submit({ model, tasks, ...more });
    await client.wait(job_id);
    return job_id;
  };
  jobs.baseline = await run('nearest-template');
  jobs.equal = await run('nearest-template');
  jobs.worse = await run('random');
  jobs.short = await run('nearest-template', { limit: 20 });
  await client.pause();
  jobs.queued = (await client.submit({ model: 'random', tasks })).job_id;
  await writeFile(
    join(folder, 'gate.yaml'),
    'tasks:\n  demo_digits: { max_drop: 0.05 }\n  demo_shapes: { max_drop: 0.04, tier: supporting }\n',
  );
  await writeFile(join(folder, 'promote.sh'), SCRIPT);
  await writeFile(join(folder, 'evald'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(join(folder, 'evald'), 0o755);
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

const gate = (candidate: string, ...more: string[]) =>
  evald(['gate', jobs.baseline, candidate, ...(more.length > 0 ? more : ['--policy', 'gate.yaml'])], {
    env,
    cwd: folder,
  });

/** Runs a line of a shell with evald on its path. */
async function shell(...args: string[]) {
  const child = spawn('bash', args, {
    cwd: folder,
    env: { ...process.env, ...env, EVALD_TOKEN: '', PATH: `${folder}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

describe('the exit code of a gate', () => {
  test('the exit code of a gate is 0 where the candidate is as good, and the last line says pass', async () => {
    const { code, stdout, stderr } = await gate(jobs.equal);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^✓ pass {2}demo_digits acc \(critical, may lose 0\.05\): /);
    expect(lines[1]).toMatch(/^✓ pass {2}demo_shapes acc \(supporting, may lose 0\.04\): /);
    expect(lines[2]).toBe('✓ pass');
  });

  test('the exit code of a gate is 1 where the candidate is worse for sure', async () => {
    const { code, stdout } = await gate(jobs.worse);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ fail {2}demo_digits acc .*\n[\s\S]*\n✗ fail\n$/);
  });

  test('the exit code of a gate is 3 where too few samples are in both, and another one with --allow-unpaired', async () => {
    const { code, stdout } = await gate(jobs.short);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^\? inconclusive {2}demo_digits acc .*\n[\s\S]*\n\? inconclusive\n$/);
    const loose = ['--max-drop', '0.4', '--task', 'demo_digits'];
    expect((await gate(jobs.short, ...loose)).code).toBe(3);
    expect((await gate(jobs.short, ...loose, '--allow-unpaired')).code).toBe(0);
  });

  test('the exit code of a gate is 1 where a task of the policy is missing', async () => {
    const { code, stdout } = await gate(jobs.equal, '--max-drop', '0.01', '--task', 'demo_digits', '--task', 'ocr');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ fail {2}ocr .*$/m);
  });

  test('the exit code of a gate is the same in every format, and JSON is what the API answers', async () => {
    for (const format of ['json', 'jsonl', 'csv', 'md', 'name']) {
      const { code, stdout } = await gate(jobs.worse, '--policy', 'gate.yaml', '-o', format);
      expect({ format, code }).toEqual({ format, code: 1 });
      if (format === 'json') expect(gateAnswerSchema.parse(JSON.parse(stdout)).verdict).toBe('fail');
    }
  });

  test('a reader that has gone makes no other exit code of a verdict', async () => {
    const line = 'set -o pipefail; evald gate "$0" "$1" --policy gate.yaml -o json | true';
    for (const [candidate, code] of [
      [jobs.worse, 1],
      [jobs.short, 3],
      [jobs.equal, 0],
    ] as const) {
      expect(await shell('-c', line, jobs.baseline, candidate)).toMatchObject({ code, stderr: '' });
    }
  });
});

describe('a gate that could not decide', () => {
  test.each([
    [['--policy', 'none.yaml'], 2, 'none.yaml cannot be read: ENOENT'],
    [[], 2, 'either --policy FILE, or --max-drop N with --task NAME'],
    [['--policy', 'gate.yaml', '--max-drop', '1'], 2, 'either --policy FILE'],
    [['--max-drop', '0.01'], 2, 'needs a --task'],
    [['--policy', 'gate.yaml', '--task', 'demo_digits'], 2, '--task goes with --max-drop'],
    [['--max-drop', '-1', '--task', 'demo_digits'], 2, 'number from 0'],
    [['--max-drop', '1%', '--task', 'demo_digits'], 2, '--max-drop should be a number'],
    [['--policy', 'gate.yaml', '--server', 'http://127.0.0.1:9'], 5, 'cannot be reached'],
  ])('a gate that could not decide has an exit code that is no verdict: %j', async (more, code, says) => {
    const ended = await evald(['gate', jobs.baseline, jobs.worse, ...more], { env, cwd: folder });
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('a gate that could not decide, as a job is not completed or not known, is no verdict either', async () => {
    for (const candidate of [jobs.queued, 'ffffffff-ffff-4fff-8fff-ffffffffffff', 'ffffffff', 'zzz']) {
      const { code, stdout, stderr } = await gate(candidate);
      expect({ candidate, code, stdout }).toEqual({ candidate, code: 2, stdout: '' });
      expect(stderr).toMatch(/^evald: [^\n]+\n(Try: [^\n]+\n)?$/);
    }
  });
});

test.each([
  ['what is thrown where it prints', "process.stdout.write = () => { throw new TypeError('sabotaged') }"],
  ['what is thrown behind no await', "setTimeout(() => { throw new TypeError('sabotaged') })"],
  [
    'a part that is not installed',
    "import('node:module').then(({ registerHooks }) => registerHooks({ resolve(name, context, next) { if (name.endsWith('runVerb.ts')) throw new TypeError('sabotaged'); return next(name, context); } }))",
  ],
])('a fault of evald itself is exit code 70, never that of a verdict: %s', async (_, sabotage) => {
  const fault = join(folder, 'fault.mjs');
  await writeFile(fault, sabotage);
  const ended = await evald(['gate', jobs.baseline, jobs.worse, '--policy', 'gate.yaml'], {
    env: { ...env, NODE_OPTIONS: `--import=${fault}` },
    cwd: folder,
  });
  expect(ended).toMatchObject({ code: 70, stdout: '', stderr: expect.stringContaining('TypeError: sabotaged') });
});

describe('a script that promotes', () => {
  test('a script with set -e goes by the verdict, and never takes a refusal for one', async () => {
    expect(await shell('promote.sh', jobs.baseline, jobs.equal)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/pass\npromote\n$/),
    });
    expect(await shell('promote.sh', jobs.baseline, jobs.worse)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/fail\nit is worse\n$/),
    });
    expect(await shell('promote.sh', jobs.baseline, jobs.short)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/inconclusive\nnothing can be said: more samples\n$/),
    });
    expect(await shell('promote.sh', jobs.baseline, jobs.queued)).toMatchObject({
      code: 1,
      stdout: 'the gate could not decide (2)\n',
    });
  });

  test('a script reads its policy from standard input', async () => {
    const line = `echo '{"tasks": {"demo_digits": {"max_drop": 0.05}}}' | evald gate "$0" "$1" --policy -`;
    expect(await shell('-c', line, jobs.baseline, jobs.equal)).toMatchObject({ code: 0, stderr: '' });
  });
});
