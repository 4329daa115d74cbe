import { mkdir, mkdtemp, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PreparedRun } from '../../../../src/machines/ports/runner.ts';
import { createDemoHarness } from '../../../../src/runner/harnesses/demo/harness.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { removeFolder } from '../../../support/files/removeFolder.ts';
import { runCommand } from './runProgram.ts';

const plain: EvaluateRequest = {
  model: 'nearest-template',
  tasks: ['demo'],
  model_args: null,
  num_fewshot: null,
  batch_size: null,
  device: null,
  limit: null,
  gen_kwargs: null,
  log_samples: true,
  predict_only: false,
  num_gpus: 1,
  output_dir: null,
};

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'evald-demo-'));
});
afterAll(() => removeFolder(root));

/** Runs a request as a backend would, both streams in the log, and judges it. */
async function run(name: string, change: Partial<EvaluateRequest>) {
  const harness = createDemoHarness({ extraArgs: [] });
  const request = { ...plain, ...change };
  const prepared: PreparedRun = {
    output: join(root, name),
    ownOutput: true,
    log: join(root, `${name}.log`),
    before: [],
  };
  await mkdir(prepared.output, { recursive: true });
  prepared.before = await harness.list(prepared.output);
  const log = await open(prepared.log, 'w');
  const code = await runCommand(await harness.command(request, prepared.output), log.fd);
  await log.close();
  return { code, prepared, outcome: await harness.judge(prepared, request, null) };
}

describe.concurrent('the demo harness', () => {
  it('the demo harness completes a run with numbers for the group and its tasks', async () => {
    const { code, prepared, outcome } = await run('whole', {
      model_args: { seed: 4, delay: 0.0001 },
      limit: 50,
      num_fewshot: 1,
      batch_size: 8,
      gen_kwargs: 'temperature=0',
    });
    expect(code).toBe(0);
    const metric = (n: number) => ({
      value: expect.any(Number),
      stderr: expect.any(Number),
      higher_is_better: true,
      n,
    });
    expect(outcome).toMatchObject({
      status: 'completed',
      metrics: { demo: { acc: metric(100) }, demo_digits: { acc: metric(50) }, demo_shapes: { acc: metric(50) } },
      warnings: ['num_fewshot 1 was asked, and the task itself has 0: demo_digits, demo_shapes'],
    });
    if (outcome.status !== 'completed') throw new Error('not completed');
    // The error's variants are no metrics of their own.
    expect(Object.keys(outcome.metrics['demo_digits'] ?? {})).toEqual(['acc']);
    const { results, samples } = Object.values(outcome.result)[0] ?? { results: '', samples: [] };
    expect(results.startsWith(`${prepared.output}/`)).toBe(true);
    expect(samples).toHaveLength(2);
  });

  it('the demo harness puts the files of a named model in its folder', async () => {
    const { outcome } = await run('named', { model_args: { pretrained: 'org/toy' }, tasks: ['demo_*'], limit: 2 });
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { org__toy: { samples: [expect.any(String), expect.any(String)] } },
    });
  });

  it('the demo harness completes a run that only predicts, without metrics', async () => {
    const { outcome } = await run('predict', { predict_only: true, limit: 2, tasks: ['demo_digits'] });
    expect(outcome).toMatchObject({ status: 'completed', metrics: { demo_digits: {} } });
  });

  it('the demo harness keeps two runs into one folder apart', async () => {
    const request = { limit: 1, tasks: ['demo_digits'], log_samples: false };
    await run('shared', { ...request, model_args: { model: 'first' } });
    const { outcome } = await run('shared', { ...request, model_args: { model: 'second' } });
    expect(outcome).toMatchObject({ status: 'completed', result: { second: { samples: [] } } });
    if (outcome.status === 'completed') expect(Object.keys(outcome.result)).toEqual(['second']);
  });

  it.each([
    ['an unknown task', { tasks: ['demo', 'nosuch'] }, 'Tasks were not found: nosuch\nThe demo has: demo, demo_digits'],
    ['an unknown model', { model: '-x' }, "Error during evaluation: Model '-x' not found in available models"],
    ['an unknown model argument', { model_args: { dtype: 'half' } }, "model_args: unexpected argument 'dtype'"],
  ])('the demo harness fails a run with %s in its own text, although it exits 0', async (name, change, reason) => {
    const { code, outcome } = await run(name, change);
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ status: 'failed', kind: 'harness', reason: expect.stringContaining(reason) });
  });

  it('the demo harness lists its tasks and models', async () => {
    const harness = createDemoHarness({ extraArgs: [] });
    expect(await harness.listTasks()).toEqual(['demo', 'demo_digits', 'demo_shapes']);
    expect(await harness.listModels()).toEqual(['nearest-template', 'majority', 'random']);
  });

  it('the demo harness makes a command of absolute paths, each value bound to its flag, the extra arguments last', async () => {
    const harness = createDemoHarness({ extraArgs: ['--limit=3'] });
    const [program, option, ...words] = await harness.command({ ...plain, model: '-x', device: 'cpu' }, '/out');
    expect([program, option]).toEqual([process.execPath, '--disable-sigusr1']);
    expect(words[0]).toMatch(/^\/.*\/src\/runner\/harnesses\/demo\/program\.ts$/);
    expect(words.slice(1)).toEqual([
      '--model=-x',
      '--tasks=demo',
      '--device=cpu',
      '--log_samples',
      '--output_path=/out',
      '--limit=3',
    ]);
  });
});
