import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunError, UnavailableError } from '../../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import { createChecks, fitsCommandLine } from '../../../src/runner/checks/checks.ts';
import { createRunExecutor } from '../../../src/runner/executor.ts';
import type { HarnessCheck } from '../../../src/runner/harnesses/contract.ts';
import { createDemoHarness } from '../../../src/runner/harnesses/demo/harness.ts';
import { createLmmsEvalHarness } from '../../../src/runner/harnesses/lmmsEval/harness.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { runToEnd } from '../../support/jobs/runToEnd.ts';
import { skipWithout, systemPython } from '../../support/needs.ts';
import { request } from '../../support/requests/request.ts';
import { fixture, oneGpu, temporaryFolder } from '../../support/runs/localRun.ts';

const clean: HarnessCheck = { faults: [], warnings: [], unread: null };
const env = { PATH: process.env['PATH'] ?? '' };
const asked = (fields: Partial<EvaluateRequest>) => ({
  request: request(fields),
  output: '/out/own',
  configFile: '/state/1/config.json',
});

function checksOf(check: () => Promise<HarnessCheck>, patience?: number) {
  const command = async (one: EvaluateRequest, output: string): Promise<[string, ...string[]]> => [
    '/py',
    `--model=${one.model}`,
    `--tasks=${one.tasks.join(',')}`,
    ...(one.gen_kwargs === null ? [] : [`--gen_kwargs=${one.gen_kwargs}`]),
    `--output_path=${output}`,
  ];
  return createChecks({ harness: { check, command }, env, ...(patience !== undefined && { patience }) });
}

test('what a harness finds is passed on, and at the launch the first fault is the reason', async () => {
  const fault = { path: ['model_args', 'a'], input: "it's", message: 'it swallows what follows' };
  const checks = checksOf(async () => ({ faults: [fault], warnings: ['odd'], unread: null }));
  expect(await checks.submission(asked({}))).toEqual({ faults: [fault], warnings: ['odd'] });
  await expect(checks.launch(asked({}))).rejects.toThrow('it would not run as it was asked: it swallows what follows');
});

test('a submission waits a while for a harness that does not answer; its launch waits for the answer', async () => {
  const { promise, resolve } = Promise.withResolvers<HarnessCheck>();
  const checks = checksOf(() => promise, 20);
  expect(await checks.submission(asked({}))).toEqual({
    faults: [],
    warnings: [expect.stringMatching(/could not be checked.*has not answered yet.*checked before it runs/)],
  });
  const launching = checks.launch(asked({}));
  resolve({ ...clean, warnings: ['odd'] });
  expect(await launching).toEqual(['odd']);
});

test.each([
  ['one argument', { tasks: [`t${'x'.repeat(140_000)}`] }, 'tasks'],
  [
    'many arguments',
    { tasks: Array.from({ length: 4_000 }, (_, index) => `task_number_${index}_${'x'.repeat(40)}`) },
    'tasks',
  ],
  ['the longest of several', { gen_kwargs: `a=${'x'.repeat(200_000)}` }, 'gen_kwargs'],
])('arguments that the system would not take are refused by the name of their field: %s', async (_, fields, name) => {
  const { faults } = await checksOf(async () => clean).submission(asked(fields));
  expect(faults).toEqual([
    {
      path: [name],
      input: expect.any(String),
      message: expect.stringMatching(/too long for a command line.*\d+ bytes/),
    },
  ]);
});

test('what just fits into a command line is taken, and the environment counts', async () => {
  const words = Array.from({ length: 10 }, () => 'x'.repeat(120_000));
  expect(await fitsCommandLine(['/py', 'x'.repeat(131_000)], env)).toBe(true);
  expect(await fitsCommandLine(['/py', 'x'.repeat(131_072)], env)).toBe(false);
  const large = Object.fromEntries(words.concat(words).map((word, index) => [`V${index}`, word]));
  expect(await fitsCommandLine(['/py', 'x'.repeat(10)], large)).toBe(false);
});

test('arguments with a credential are in a file, whatever their length', async () => {
  const harness = createDemoHarness({ extraArgs: [] });
  const checks = createChecks({ harness, env });
  const model_args = { api_key: 'k'.repeat(200_000) };
  expect(await checks.submission(asked({ model_args }))).toEqual({ faults: [], warnings: [] });
  expect((await checks.submission(asked({ model_args: { path: 'k'.repeat(200_000) } }))).faults).toHaveLength(1);
});

test('the demo reads its own arguments back, which it splits at every comma', async () => {
  const harness = createDemoHarness({ extraArgs: [] });
  const check = (model_args: EvaluateRequest['model_args']) => harness.check(request({ model_args }), '/out');
  expect(await check({ seed: 3, delay: 0.5, note: "it's" })).toEqual(clean);
  expect((await check({ seed: [1, 2] })).faults).toMatchObject([{ path: ['model_args', 'seed'] }]);
  expect((await check({ pretrained: '..' })).faults).toMatchObject([{ path: ['model_args', 'pretrained'] }]);
});

/** A Python of a test's own that has lmms_eval as the fixture does, or none. */
async function ownPython(what: string) {
  const folder = await temporaryFolder();
  const python = join(folder, 'python');
  const write = async (script: string) => {
    await writeFile(python, `#!/bin/sh\n${script}\n`);
    await chmod(python, 0o755);
  };
  await write(what);
  return { folder, python, write };
}

const reading = `exec "${fixture('reading-lmms-eval')}" "$@"`;
const odd = { model_args: { note: "it's", model: 'm' } };
const plain = {
  model_args: { pretrained: 'org/model 1.5', n: 2, yes: true, limits: { image: 4 } },
  gen_kwargs: 'temperature=0,top_p=0.9',
};

test('a harness that cannot be asked lets nothing run of which it is not known what would run', async (context) => {
  skipWithout(systemPython, context);
  const { folder, python, write } = await ownPython('exit 1');
  const harness = createLmmsEvalHarness({ python, extraArgs: [] });
  const runs = createRunExecutor({ harness, backend: createLocalBackend(), dataDir: folder, now: Date.now });
  const job = { jobId: 'job-1', folderName: 'run', request: request(odd), resources: oneGpu };
  expect(await runs.check(job)).toEqual([expect.stringMatching(/could not be checked.*exit code 1/)]);
  await expect(runs.prepare(job)).rejects.toThrow(UnavailableError);
  // What no version can misread is run all the same.
  const another = { ...job, jobId: 'job-2', folderName: 'run-2', request: request(plain) };
  expect(await runs.check(another)).toEqual([]);
  await runToEnd(runs, another);
  // When it can be asked, it is known: this job would have run another model.
  await write(reading);
  const again = createLmmsEvalHarness({ python, extraArgs: [] });
  const later = createRunExecutor({ harness: again, backend: createLocalBackend(), dataDir: folder, now: Date.now });
  await expect(later.prepare(job)).rejects.toThrow(
    /it would not run as it was asked: .*"note".*"model" would never arrive/,
  );
  await expect(later.check(job)).rejects.toMatchObject({ code: 'unfit', faults: [{ path: ['model_args', 'note'] }] });
  harness.close();
  again.close();
});

test('a version that runs and cannot be asked keeps no other job waiting: only what may be misread is not run', async (context) => {
  skipWithout(systemPython, context);
  // Its reader does not know this lmms-eval: all else of the Python works.
  const failing = `exec python3 -c 'import os; os.write(3, b"{\\"failed\\": \\"AttributeError: no cli\\"}\\n")'`;
  const { folder, python } = await ownPython(`case "$2" in *cli_evaluate_single*) ${failing};; esac\n${reading}`);
  const harness = createLmmsEvalHarness({ python, extraArgs: [] });
  const runs = createRunExecutor({ harness, backend: createLocalBackend(), dataDir: folder, now: Date.now });
  const job = { jobId: 'job-1', folderName: 'run', request: request(odd), resources: oneGpu };
  expect(await runs.check(job)).toEqual([expect.stringMatching(/could not be checked.*no cli/)]);
  const refused = await runs.prepare(job).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RunError);
  expect(refused).not.toBeInstanceOf(UnavailableError);
  expect(String(refused)).toMatch(/not known whether it would run as it was asked: .*no cli/);
  harness.close();
});

test('another version that is installed meanwhile is asked, not the one that was', async (context) => {
  skipWithout(systemPython, context);
  const { folder, python } = await ownPython('');
  const site = join(folder, 'site');
  await mkdir(join(site, 'lmms_eval'), { recursive: true });
  const source = join(import.meta.dirname, '..', '..', 'fixtures', 'python');
  const copy = (replacing: (text: string) => string) => copyTree(source, site, replacing);
  await copy((text) => text);
  await writeFile(python, `#!/bin/sh\nPYTHONPATH=${site} exec python3 "$@"\n`);
  const harness = createLmmsEvalHarness({ python, extraArgs: [] });
  const check = () => harness.check(request({ model_args: { a: 'x', b: '[1', c: 2 } }), '/out');
  expect((await check()).faults).toHaveLength(1);
  // It knows no brackets, as 0.7.2.
  await copy((text) =>
    text.replace('if char in ("{", "["):', 'if False:').replace('elif char in ("}", "]"):', 'elif False:'),
  );
  expect(await check()).toEqual(clean);
  harness.close();
});

test('a version that cannot be imported without what evaluates is imported with it', async (context) => {
  skipWithout(systemPython, context);
  const { folder, python } = await ownPython('');
  const site = join(folder, 'site');
  await copyTree(
    join(import.meta.dirname, '..', '..', 'fixtures', 'python'),
    site,
    (text) => `import torch\nif torch.__version__ != "1": raise ImportError("a stand-in")\n${text}`,
  );
  await mkdir(join(site, 'torch'));
  await writeFile(join(site, 'torch', '__init__.py'), '__version__ = "1"\n');
  await writeFile(python, `#!/bin/sh\nPYTHONPATH=${site} exec python3 "$@"\n`);
  const harness = createLmmsEvalHarness({ python, extraArgs: [] });
  expect((await harness.check(request(odd), '/out')).faults).toMatchObject([{ path: ['model_args', 'note'] }]);
  harness.close();
});

test('where lmms-eval cannot be imported, the reason is given, and a launch that could be misread is not begun', async (context) => {
  skipWithout(systemPython, context);
  const { python } = await ownPython('exec python3 -IS "$@"');
  const harness = createLmmsEvalHarness({ python, extraArgs: [] });
  const asked = harness.check(request(odd), '/out');
  await expect(asked).rejects.toThrow(UnavailableError);
  await expect(asked).rejects.toThrow(/No module named 'lmms_eval'/);
  expect(await harness.check(request(plain), '/out')).toEqual(clean);
  for (const model_args of [{ a: '..' }, { a: 'x,y' }, { a: { b: [1, 2] } }, { a: { b: "it's" } }, { a: ' x' }]) {
    await expect(harness.check(request({ model_args }), '/out')).rejects.toThrow(UnavailableError);
  }
  harness.close();
});

async function copyTree(from: string, to: string, replacing: (text: string) => string): Promise<void> {
  const files = [
    'lmms_eval-0.7.3.dist-info/METADATA',
    ...['__init__', '__main__', 'utils', 'evaluator', 'api/__init__', 'api/model'].map(
      (name) => `lmms_eval/${name}.py`,
    ),
    ...['loggers/__init__', 'loggers/evaluation_tracker', 'tasks/__init__', 'models/__init__'].map(
      (name) => `lmms_eval/${name}.py`,
    ),
  ];
  for (const file of files) {
    await mkdir(join(to, file, '..'), { recursive: true });
    const text = await readFile(join(from, file), 'utf8');
    await writeFile(join(to, file), file.endsWith('utils.py') ? replacing(text) : text);
  }
}
