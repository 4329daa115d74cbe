import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createClient } from '../../src/client/index.ts';
import { jq, skipWithout } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { type TokensFile, tokensFile } from '../support/server/tokens.ts';

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const stepSchema = z.object({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
});
const actionSchema = z.object({
  inputs: z.record(z.string(), z.object({ required: z.boolean().default(false), default: z.string().default('') })),
  outputs: z.record(z.string(), z.object({ value: z.string() })),
  runs: z.object({ using: z.literal('composite'), steps: z.array(stepSchema) }),
});
const action = actionSchema.parse(parse(await readFile(join(root, 'action.yml'), 'utf8')));

type Ended = { code: number; summary: string; outputs: Record<string, string>; said: string };

/** Runs the steps as GitHub does: in bash, with its variables, until one fails. */
async function runAction(inputs: Record<string, string>, variables: Record<string, string> = {}): Promise<Ended> {
  const folder = await temporaryFolder();
  const given = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: value }]) => [name, inputs[name] ?? value]),
  );
  const known: Record<string, Record<string, string>> = {};
  /** `${{ inputs.model }}` and `${{ steps.evaluate.outputs.job_id }}`, and nothing else. */
  const evaluated = (expression: string): string =>
    expression.replaceAll(/\$\{\{ (?:inputs\.(\w+)|steps\.(\w+)\.outputs\.(\w+)) \}\}/g, (_, input, step, output) =>
      input === undefined ? (known[step]?.[output] ?? '') : (given[input] ?? ''),
    );
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  await writeFile(files.GITHUB_STEP_SUMMARY, '');
  let code = 0;
  let said = '';
  for (const { id = '', if: condition, run, env } of action.runs.steps) {
    const isLast = condition?.includes('!cancelled()') === true;
    if (run === undefined || (code !== 0 && !isLast)) continue;
    if (isLast && (known['evaluate']?.['job_id'] ?? '') === '') continue;
    await writeFile(files.GITHUB_OUTPUT, '');
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: folder,
      env: {
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: folder,
        ...{ GITHUB_ACTION_PATH: root, GITHUB_REPOSITORY: 'me/model', GITHUB_RUN_ID: '17', GITHUB_RUN_ATTEMPT: '1' },
        ...files,
        ...variables,
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, evaluated(value)])),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    said += out + errors;
    code ||= child.exitCode ?? 1;
    const lines = (await readFile(files.GITHUB_OUTPUT, 'utf8')).split('\n').filter(Boolean);
    known[id] = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }
  const outputs = Object.fromEntries(
    Object.entries(action.outputs).map(([name, { value }]) => [name, evaluated(value)]),
  );
  return { code, said, outputs, summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8') };
}

test('nothing that a caller gives is part of a script: inputs reach steps by variables alone', () => {
  for (const { run = '', env } of action.runs.steps) {
    expect(run).not.toContain('${{');
    for (const value of Object.values(env)) expect(value).toMatch(/^\$\{\{ (inputs|steps\.\w+\.outputs)\.\w+ \}\}$/);
  }
  const used = JSON.stringify(action.runs.steps);
  for (const name of Object.keys(action.inputs)) expect(used).toContain(`inputs.${name} `);
});

describe('the action for GitHub, on a server', () => {
  let server: TestServer;
  let tokens: TokensFile;
  let clean = async () => {};
  let usual: Record<string, string>;
  let baseline = '';
  beforeEach((context) => skipWithout(jq, context));
  beforeAll(async () => {
    const keep = (last: () => Promise<void>) => {
      clean = last;
    };
    tokens = await tokensFile({ onTestFinished: keep }, { ci: 'submit' });
    server = await startServer({ flags: ['--tokens', tokens.file] });
    const client = createClient({ server: server.url, token: tokens.tokenOf('ci') });
    ({ job_id: baseline } = await client.submit({ model: 'nearest-template', tasks: ['demo_digits'] }));
    await client.wait(baseline);
    usual = { server: server.url, token: tokens.tokenOf('ci'), model: 'nearest-template', tasks: 'demo_digits' };
  });
  afterAll(async () => {
    await server?.stop();
    await clean();
  });

  test('a candidate that loses nothing passes: numbers are outputs and in the summary, and a second try is the same job', async () => {
    const inputs = { ...usual, baseline, max_drop: '0.05' };
    const first = await runAction(inputs);
    expect([first.code, first.said]).toEqual([0, expect.not.stringContaining('::error')]);
    expect(first.outputs).toMatchObject({
      status: 'completed',
      verdict: 'pass',
      job_id: expect.not.stringMatching(baseline),
    });
    const { value } = JSON.parse(first.outputs['metrics'] ?? '').demo_digits.acc;
    expect(first.summary).toContain(`| demo_digits | acc | ${value} |`);
    expect(first.summary).toContain(`Gate against \`${baseline}\`: **pass**`);
    expect((await runAction(usual)).outputs['job_id']).toBe(first.outputs['job_id']);
    expect((await runAction(usual, { GITHUB_RUN_ATTEMPT: '2' })).outputs['job_id']).toBe(first.outputs['job_id']);
    expect((await runAction(usual, { GITHUB_RUN_ID: '18' })).outputs['job_id']).not.toBe(first.outputs['job_id']);
  });

  test('a gate that cannot tell fails the step, unless the caller says that it passes', async () => {
    const inputs = { ...usual, baseline, max_drop: '0.001' };
    const [failed, passed] = [await runAction(inputs), await runAction({ ...inputs, inconclusive: 'pass' })];
    expect([failed.code, failed.outputs['verdict']]).toEqual([3, 'inconclusive']);
    expect([passed.code, passed.outputs['verdict']]).toEqual([0, 'inconclusive']);
  });

  test('a candidate that loses fails the step, and the summary says which task and why', async () => {
    const policy = join(await temporaryFolder(), 'gate.yaml');
    await writeFile(policy, 'tasks: {demo_digits: {max_drop: 0.01}}');
    const { code, summary, outputs, said } = await runAction({ ...usual, model: 'majority', baseline, policy });
    expect([code, outputs['status'], outputs['verdict']]).toEqual([1, 'completed', 'fail']);
    expect(summary).toMatch(/\| demo_digits \| fail \| .+ \|/);
    expect(said).toContain('::error title=evald::the gate says fail');
  });

  test('what a caller gives runs no command, and a job that fails says why; run again, it is tried again', async () => {
    const inputs = {
      ...usual,
      tasks: 'demo_digits, demo_shapes',
      model_args: 'delay=3600\n',
      fields: '{timeout: 0.2, labels: {note: "$(touch hacked) `touch hacked`"}}',
    };
    const first = await runAction(inputs);
    expect([first.code, first.outputs['status']]).toEqual([1, 'failed']);
    expect(first.summary).toMatch(/> .*0\.2 s/);
    const again = await runAction(inputs, { GITHUB_RUN_ATTEMPT: '2' });
    expect(again.outputs['job_id']).not.toBe(first.outputs['job_id']);
    const client = createClient({ server: server.url, token: tokens.tokenOf('ci') });
    expect((await client.job(first.outputs['job_id'] ?? '')).labels).toEqual({
      note: '$(touch hacked) `touch hacked`',
    });
    const hostile = await runAction({ ...usual, model: '"; touch hacked; $(touch hacked)' });
    expect(hostile.code).not.toBe(0);
    expect(hostile.outputs['status']).not.toBe('completed');
  });

  test('where the server is away, or does not know the token, the step fails and says so', async () => {
    const [port] = await freePorts(1);
    const away = await runAction({ ...usual, server: `http://127.0.0.1:${port}` });
    expect([away.code, away.outputs['job_id'], away.said]).toEqual([
      5,
      '',
      expect.stringContaining('cannot be reached'),
    ]);
    const unknown = await runAction({ ...usual, token: 'wrong-wrong-wrong-1' });
    expect([unknown.code, unknown.said]).toEqual([4, expect.stringContaining('token')]);
    expect(unknown.said).not.toContain('wrong-wrong');
  });
});
