import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { passedEnvironment } from '../../../../src/runner/environment.ts';
import { createRunExecutor } from '../../../../src/runner/executor.ts';
import { canImport, lmmsEvalVersion } from '../../../../src/runner/harnesses/lmmsEval/catalog.ts';
import { createLmmsEvalHarness } from '../../../../src/runner/harnesses/lmmsEval/harness.ts';
import { splitSecrets } from '../../../../src/schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { filesWith } from '../../../support/files/filesWith.ts';
import { removeFolder } from '../../../support/files/removeFolder.ts';
import { runToEnd } from '../../../support/jobs/runToEnd.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../../../support/needs.ts';
import { request } from '../../../support/requests/request.ts';
import { oneGpu, temporaryFolder } from '../../../support/runs/localRun.ts';
import { offline, type TinyTasks, writeTinyTasks } from '../../../support/runs/tinyTask.ts';

describeWith(lmmsEval, 'the real lmms-eval', () => {
  let folder: string;
  let tiny: TinyTasks;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-tiny-'));
    tiny = await writeTinyTasks(lmmsEvalPython, folder);
    return () => removeFolder(folder);
  });

  function harness(more: string[] = []) {
    const extraArgs = ['--include_path', tiny.includePath, ...more];
    return createLmmsEvalHarness({ python: lmmsEvalPython, extraArgs, env: offline });
  }

  async function evaluate(parts: Partial<EvaluateRequest>) {
    const dataDir = await temporaryFolder();
    const runs = createRunExecutor({ harness: harness(), backend: createLocalBackend(), dataDir, now: Date.now });
    const asked = request({ model_args: { response: 'B' }, ...parts });
    return runToEnd(runs, { jobId: 'job', folderName: 'lmms_eval_job', request: asked, resources: oneGpu });
  }

  test('lmms-eval runs a named model with a limit, a group and a tag; a hidden key does not make the results foreign', async () => {
    const { outcome } = await evaluate({
      tasks: [tiny.group, tiny.tag],
      model_args: { response: 'B', pretrained: 'org/name', api_key: 'abc' },
      limit: 4,
    });
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { org__name: {} },
      metrics: { [tiny.tasks[0]]: { exact_match: { value: 0.5, n: 4 } } },
      warnings: [expect.stringContaining(`${tiny.tag} is a tag`)],
      provenance: {
        ...{
          harness: 'lmms-eval',
          harness_version: await lmmsEvalVersion({ python: lmmsEvalPython, env: passedEnvironment(process.env, []) }),
        },
        seed: '0,1234,1234,1234',
        tasks: { [tiny.tasks[0]]: { version: expect.any(String), num_fewshot: 0 } },
        groups: { [tiny.group]: expect.arrayContaining([tiny.tasks[0]]) },
      },
    });
  });

  test('arguments by file are read as they were meant, beside the configuration of the operator', async () => {
    const dataDir = await temporaryFolder();
    const operators = join(folder, 'operators.yaml');
    await writeFile(operators, 'limit: 2\nenv:\n  SOME_KEY: x\n');
    // The model answers what it is told to, so that its answers show what it was told.
    const response = 'A: "b" \\n {c} ü \u0085 😀 #d';
    const sent = request({ tasks: [tiny.tasks[0]], model_args: { response, api_key: 'planted-key: 1' } });
    const { request: masked, secrets } = splitSecrets(sent);
    const runs = createRunExecutor({
      harness: harness(['--config', operators]),
      backend: createLocalBackend(),
      dataDir,
      now: Date.now,
      secretsOf: () => secrets,
    });
    const { outcome } = await runToEnd(runs, { jobId: 'job', folderName: 'own', request: masked, resources: oneGpu });
    expect(outcome).toMatchObject({ status: 'completed', metrics: { [tiny.tasks[0]]: { exact_match: { n: 2 } } } });
    const [samples = ''] = outcome.status === 'completed' ? (outcome.result['dummy']?.samples ?? []) : [];
    const [line = ''] = (await readFile(samples, 'utf8')).split('\n');
    expect(JSON.parse(line).filtered_resps).toBe(response);
    expect(await filesWith(dataDir, ['planted-key'])).toEqual([]);
  });

  test('a run that only predicts has answers without scores', async () => {
    const { outcome } = await evaluate({ tasks: [tiny.tasks[0]], predict_only: true, log_samples: false });
    expect(outcome).toMatchObject({ status: 'completed', metrics: { [tiny.tasks[0]]: {} } });
    const samples = outcome.status === 'completed' ? outcome.result['dummy']?.samples : [];
    expect((await readFile(samples?.[0] ?? '', 'utf8')).trim().split('\n')).toHaveLength(8);
  });

  test('an unknown model and wrong arguments fail with the message of lmms-eval', async () => {
    const { outcome } = await evaluate({ tasks: [tiny.tasks[0]], model: '-x' });
    expect(outcome).toMatchObject({ status: 'failed', kind: 'harness', reason: expect.stringContaining('-x') });
  });

  test('lmms-eval lists its tasks and its models, and is found', async () => {
    const settings = { python: lmmsEvalPython, env: passedEnvironment(process.env, []) };
    const [tasks, models] = await Promise.all([harness().listTasks(), harness().listModels()]);
    expect(tasks).toEqual(expect.arrayContaining([...tiny.tasks, tiny.group, tiny.tag, 'mme']));
    expect(models).toEqual(expect.arrayContaining(['dummy', 'qwen2_5_vl']));
    expect(await canImport(settings)).toBe(true);
    expect(await lmmsEvalVersion(settings)).toMatch(/^\d+\.\d+/);
  });
});
