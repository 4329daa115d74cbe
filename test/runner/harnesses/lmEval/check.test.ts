import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UnavailableError } from '../../../../src/machines/ports/runner.ts';
import { compareReading } from '../../../../src/runner/harnesses/lmEval/compare.ts';
import { createLmEvalHarness } from '../../../../src/runner/harnesses/lmEval/harness.ts';
import type { Reading, ReadRun } from '../../../../src/runner/harnesses/lmEval/reading.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { describeWith, lmEval, lmEvalPython, systemPython } from '../../../support/needs.ts';
import { request } from '../../../support/requests/request.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const SECRET = 'sk-0123456789abcdefgh';

/** As lm-eval 0.4.13 reads `--model=dummy --tasks=t1 --log_samples --output_path=/out`. */
const run: ReadRun = {
  ...{ model: { value: 'dummy' }, model_args: { value: {} }, gen_kwargs: { value: {} }, num_fewshot: { value: null } },
  ...{ batch_size: { value: 1 }, device: { value: 'cuda:0' }, limit: { value: null }, log_samples: { value: true } },
  ...{ predict_only: { value: false }, tasks: ['t1'], twice: [], output: '/out', folder: null },
};
const reading: Reading = { run, failure: null, notes: [], installed: { accelerate: false }, version: '0.4.13' };

const compare = (fields: Partial<EvaluateRequest>, read: Partial<ReadRun>, operatorOptions: string[] = []) =>
  compareReading(
    { request: request(fields), output: '/out', operatorOptions },
    { ...reading, run: { ...run, ...read } },
  );

test('a reading that is as it was asked has no fault and no warning', () => {
  expect(compare({}, {})).toEqual({ faults: [], warnings: [] });
  expect(
    compare({ limit: 5, batch_size: 'auto' }, { limit: { value: 5 }, batch_size: { value: 'auto' } }).faults,
  ).toEqual([]);
});

test.each([
  ['tasks', { tasks: ['a', 'b'] }, { tasks: ['a'] }],
  ['limit', { limit: 5 }, { limit: { value: null } }],
  ['device', { device: 'cpu' }, {}],
])('a field that lm-eval reads otherwise is a fault of it: %s', (field, asked, read) => {
  expect(compare(asked, read).faults).toMatchObject([{ path: [field] }]);
});

test('a version among the arguments of a model, which lm-eval writes over that of each task, is a warning', () => {
  const args = { version: '7' };
  const { faults, warnings } = compare({ model_args: args }, { model_args: { value: args } });
  expect({ faults, warnings }).toEqual({
    faults: [],
    warnings: [expect.stringContaining('in the place of the version of each task')],
  });
});

test.each([
  ['local-completions', null, 1],
  ['sglang', { tp_size: 2 }, 0],
  ['hf', { parallelize: true }, 0],
])(
  'two GPUs for the model %s with the arguments %j are a warning where one may be used alone',
  (model, model_args, count) => {
    const { faults, warnings } = compare(
      { model, model_args, num_gpus: 2 },
      { model: { value: model }, model_args: { value: model_args ?? {} } },
    );
    expect(faults).toEqual([]);
    expect(warnings).toHaveLength(count);
  },
);

test('an argument of the model that the operator has set otherwise is a warning', () => {
  const { faults, warnings } = compare(
    { model_args: { a: 1, b: 2 } },
    { model_args: { value: { a: 1, b: 3, c: 4 } } },
    ['model_args'],
  );
  expect(faults).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/"b" is not passed on.*extra arguments/)]);
  expect(compare({ model_args: { b: 2 } }, { model_args: { value: { b: 3 } } }).faults).toMatchObject([
    { path: ['model_args', 'b'] },
  ]);
});

test('what the operator has set beside a request is a warning', () => {
  expect(compare({}, { num_fewshot: { value: 5 } }, ['num_fewshot'])).toEqual({
    ...{ faults: [] },
    warnings: [
      "`num_fewshot` null was asked, and lm-eval 0.4.13 would run with 5: this server's extra arguments say so",
    ],
  });
});

test.each([
  ['too long', 'x'.repeat(256), /256 bytes of the 255.*short link/],
  ['that leads above the output folder', '..', /would not lie in the output folder/],
  ['with a character that no name has', 'a\0b', /a character that none has/],
])('a folder for results with a name %s is a fault of the argument that it is of', (_, folder, words) => {
  const { faults } = compare(
    { model_args: { pretrained: 'p' } },
    { folder, model_args: { value: { pretrained: 'p' } } },
  );
  expect(faults).toMatchObject([{ path: ['model_args', 'pretrained'], message: expect.stringMatching(words) }]);
  expect(
    compare(
      { model_args: { pretrained: 'p' } },
      { folder: 'x'.repeat(255), model_args: { value: { pretrained: 'p' } } },
    ).faults,
  ).toEqual([]);
});

describeWith(systemPython, 'a Python without lm-eval', () => {
  test('a Python that has no lm-eval says what it lacks, and keeps a job waiting instead of failing it', async () => {
    const harness = createLmEvalHarness({ python: 'python3', extraArgs: [], environment: { PATH: '/usr/bin:/bin' } });
    expect(await harness.whyNot()).toMatch(/^python3 has no lm_eval, no datasets/);
    expect(await harness.version()).toBeNull();
    await expect(harness.probe?.()).rejects.toThrow(/set --lm-eval-python to a Python that has lm-eval/);
    await expect(harness.check(request(), '/out')).rejects.toThrow(UnavailableError);
    await expect(harness.resolveTasks?.(request())).rejects.toThrow(UnavailableError);
    harness.close();
  });

  test('a version without the command `run` says that a newer one is needed', async () => {
    const folder = await temporaryFolder();
    for (const name of ['lm_eval', 'datasets', 'jinja2', 'numpy']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, '__init__.py'), '');
    }
    const python = join(folder, 'python');
    await writeFile(python, `#!/bin/sh\nPYTHONPATH=${folder} exec python3 "$@"\n`);
    await chmod(python, 0o755);
    const harness = createLmEvalHarness({ python, extraArgs: [], environment: { PATH: '/usr/bin:/bin' } });
    expect(await harness.whyNot()).toMatch(/has lm-eval .*, which has no command `run`/);
    harness.close();
  });
});

describeWith(lmEval, 'what the installed lm-eval makes of a command', () => {
  const environment = { PATH: '/usr/bin:/bin' };
  const harness = createLmEvalHarness({ python: lmEvalPython, extraArgs: [], environment });
  afterAll(() => harness.close());
  const check = (fields: Partial<EvaluateRequest>) => harness.check(request(fields), '/out/of a run');

  test.each([
    [
      'commas, blanks, quotes and structures',
      { pretrained: "/a b,c='d'", deep: { list: [1, 'x,y', true, null] }, text: '1e5' },
    ],
    [
      'numbers of every kind, and text beyond ASCII',
      { small: 1e-7, large: 1e21, zero: -0, text: 'é 😀 \n', no: false },
    ],
    [
      'a secret beside them, by a file',
      { pretrained: "/a b,c='d'", api_key: SECRET, small: 1e-7, large: 1e21, text: 'é 😀', on: 'yes' },
    ],
  ])('arguments of the model with %s are read by lm-eval as they were asked', async (_, model_args) => {
    expect(await check({ model_args, gen_kwargs: 'temperature=0.5,until=["a,b"]' })).toEqual({
      faults: [],
      warnings: [],
      unread: null,
    });
  });

  test('the file of a request with a secret has its arguments and its generation, as the command line would have them', async () => {
    const text = await harness.configText(
      request({ model: 'vllm', num_gpus: 2, model_args: { api_key: SECRET }, gen_kwargs: 'until=["a,b"],n=1' }),
    );
    expect(JSON.parse(text)).toEqual({
      model_args: { api_key: SECRET, tensor_parallel_size: 2 },
      gen_kwargs: { until: ['a,b'], n: 1 },
    });
  });

  test('a value of generation that is given twice is a warning, which shows no secret', async () => {
    const { warnings } = await check({ gen_kwargs: `temperature=0.5,temperature=1` });
    expect(warnings).toEqual([expect.stringContaining("Overwriting key 'temperature': 0.5 -> 1")]);
  });

  test.each([
    ['an argument that lm-eval passes itself', { model_args: { batch_size: 4 } }, ['model_args', 'batch_size']],
    ['generation that is no list of names and values', { gen_kwargs: 'greedy' }, ['gen_kwargs']],
    ['generation that is nearly JSON', { gen_kwargs: "{'a': 1}" }, ['gen_kwargs']],
    ['a model that argparse takes for the end of options', { model: '--' }, ['model']],
    [
      'a checkpoint with a long path',
      { model_args: { peft: 'long/'.repeat(60), pretrained: 'p' } },
      ['model_args', 'peft'],
    ],
    ['a folder above its own', { model_args: { path: '..' } }, ['model_args', 'path']],
  ])('%s is refused by its field', async (_, fields, path) => {
    const { faults } = await check(fields);
    expect(faults.map((fault) => fault.path)).toEqual([path]);
  });

  test('options of the operator that lm-eval does not have are a fault of the harness, not of the request', async () => {
    const other = createLmEvalHarness({ python: lmEvalPython, extraArgs: ['--offset=3'], environment });
    const { faults } = await other.check(request(), '/out');
    other.close();
    expect(faults).toMatchObject([
      { path: ['harness'], message: expect.stringContaining('unrecognized arguments: --offset=3') },
    ]);
  });
});
