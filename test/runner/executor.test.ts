import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RunError, type RunJob, UnavailableError } from '../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../src/runner/executor.ts';
import { createLmmsEvalHarness } from '../../src/runner/harnesses/lmmsEval/harness.ts';
import { outcomeText } from '../../src/schemas/job/outcomeText.ts';
import { evaluate, failureOf, fake, now, running, setUp } from '../support/harnesses/fakeLmmsEval.ts';
import { runToEnd } from '../support/jobs/runToEnd.ts';
import { describeWith, smallFilesystem } from '../support/needs.ts';
import { request } from '../support/requests/request.ts';
import { fixture, oneGpu, temporaryFolder } from '../support/runs/localRun.ts';

test('a good run has paths in the shape of the original, numbers beside them', async () => {
  const { outcome, prepared, dataDir } = await evaluate({ model: 'good', tasks: ['a', 'b'] });
  const folder = join(dataDir, 'outputs', 'lmms_eval_job-1');
  expect(prepared).toEqual({
    output: folder,
    ownOutput: true,
    log: join(folder, 'eval-20261124-020604.log'),
    before: [],
    operatorOptions: [],
  });
  const acc = {
    value: 0.5,
    stderr: 0.1,
    stderr_clt: null,
    stderr_clustered: null,
    higher_is_better: null,
    n: null,
    n_failed: null,
    n_empty: null,
    n_unscored: null,
    filter: 'none',
  };
  const answers = { answered: 1, empty: 0, failed: 0, cached: 0 };
  const stamp = join(folder, 'org__name', '20261124_112235');
  expect(outcome).toEqual({
    status: 'completed',
    result: {
      org__name: {
        results: `${stamp}_results.json`,
        samples: [`${stamp}_samples_a.jsonl`, `${stamp}_samples_b.jsonl`],
      },
    },
    metrics: { a: { acc }, b: { acc } },
    answers: { a: answers, b: answers },
    warnings: [],
    provenance: {
      ...{ harness: 'lmms-eval', harness_version: '0.7.3', git_hash: null, seed: null, groups: {} },
      tasks: { a: { version: null, num_fewshot: null }, b: { version: null, num_fewshot: null } },
    },
  });
});

test('results directly in the output folder are found; their key is the name of the model', async () => {
  const { outcome, prepared } = await evaluate({ model: 'flat', tasks: ['a'] });
  expect(outcome).toMatchObject({
    result: { flat: { results: join(prepared.output, '20261124_112235_results.json') } },
  });
});

test('a program that ends with another code than 0 failed, in the text of the original', async () => {
  const { text, prepared } = await failureOf({}, running(fixture('exit-3')));
  expect(text).toBe(`Evaluation failed with return code 3. Last lines of ${prepared.log}:\nabout to fail`);
});

test('a program that was killed failed with the negative number of the signal', async () => {
  const { text, prepared } = await failureOf({}, running('sh', '-c', 'echo here; kill -9 $$'));
  expect(text).toBe(`Evaluation failed with return code -9. Last lines of ${prepared.log}:\nhere`);
});

test.each(['long-line', 'no-newline'])('the text that clients see stays small and has the end: %s', async (name) => {
  const { text } = await failureOf({}, running('sh', '-c', `"$1"; exit 4`, 'sh', fixture(name)));
  expect(text).toMatch(/return code 4.*\n\[… \d+ bytes left out …\]\n.*(end of the long line|the very end)$/s);
  expect(text.length).toBeLessThan(34_000);
});

test('a run without results has failed, although the exit code is 0', async () => {
  const { text, prepared } = await failureOf({ model: 'nothing' });
  expect(text).toBe(`Evaluation produced no parsed results. Last lines of ${prepared.log}:\nstarting`);
});

test('a run with results of one task of two has failed, and the other is named', async () => {
  const { outcome, text } = await failureOf({ model: 'half', tasks: ['a', 'b'] });
  expect(outcome).toMatchObject({ kind: 'incompleteResults', missing: ['b'] });
  expect(text).toContain('no results for b');
});

test('NaN is no number, and is named in a warning', async () => {
  const { outcome } = await evaluate({ model: 'nan', tasks: ['a'] });
  expect(outcome).toMatchObject({
    metrics: { a: { acc: { value: null } } },
    warnings: ['a: acc is not a finite number'],
  });
});

test('results of a run that was asked something else are not taken', async () => {
  const { outcome } = await failureOf({ model: 'foreign', tasks: ['a'], model_args: { pretrained: 'org/name' } });
  expect(outcome.kind).toBe('noResults');
});

test('a reused folder: what was there before is never reported, and its log stays', async () => {
  const output_dir = join(await temporaryFolder(), 'named');
  const first = await evaluate({ model: 'good', tasks: ['a'], output_dir });
  expect(first.outcome.status).toBe('completed');
  expect(first.prepared).toMatchObject({ output: output_dir, ownOutput: false });
  const second = await failureOf({ model: 'nothing', tasks: ['a'], output_dir });
  expect(second.outcome.kind).toBe('noResults');
  expect(second.prepared.log).toBe(join(output_dir, 'eval-20261124-020604-2.log'));
  // Overwriting a file that was there before does not make it new.
  expect((await failureOf({ model: 'good', tasks: ['a'], output_dir })).outcome.kind).toBe('noResults');
});

test('an argument cannot become an option', async () => {
  const { outcome } = await evaluate({
    model: 'good',
    tasks: ['--model=nothing', 'b'],
    model_args: { a: '--model=nothing' },
  });
  expect(outcome.status).toBe('completed');
});

test.each([
  [{ kind: 'stopped', who: null }, 'Evaluation was stopped on request.'],
  [{ kind: 'stopped', who: 'alice' }, 'Evaluation was stopped on request of alice.'],
  [{ kind: 'interrupted' }, 'Evaluation was ended because the server was shut down'],
  [{ kind: 'timedOut', seconds: 60 }, 'it ran longer than the 60 s'],
  [{ kind: 'stalled', seconds: 9 }, 'it showed no progress for 9 s'],
] as const)('a run that evald ended is not completed, even with good results: %j', async (reason, words) => {
  const { runs, job, prepared, exit } = await evaluate({ model: 'good', tasks: ['a'] });
  const outcome = await runs.collect(job, prepared, exit, reason);
  expect(outcome).toMatchObject({ status: 'failed', ...reason, tail: ['starting'] });
  if (outcome.status === 'failed') expect(outcomeText(outcome)).toContain(words);
});

test('a run whose end is unknown is lost', async () => {
  const { runs, job, prepared } = await evaluate({ model: 'good', tasks: ['a'] });
  const outcome = await runs.collect(job, prepared, { kind: 'unknown', reason: 'the machine was restarted' }, null);
  expect(outcome).toMatchObject({ status: 'failed', kind: 'lost', reason: 'the machine was restarted' });
});

test.each([
  ['/nonexistent/log', { status: 'completed', warnings: [expect.stringContaining('the log is gone')] }],
  ['/dev', { kind: 'harness', tail: [expect.stringContaining('unreadable')] }],
])('a log that is gone leaves it to the results, one that cannot be read makes a failure (%s)', async (log, told) => {
  const { runs, job, prepared } = await evaluate({ model: 'good', tasks: ['a'] });
  expect(await runs.collect(job, { ...prepared, log }, { kind: 'code', code: 0 }, null)).toMatchObject(told);
});

test('a folder that cannot be used is named, with the reason', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  const { runs, job } = await setUp({ output_dir: join(file, 'inside') });
  const refused = runs.prepare(job);
  await expect(refused).rejects.toThrow(RunError);
  await expect(refused).rejects.toThrow(`output_dir ${join(file, 'inside')} cannot be used: ENOTDIR`);
});

test('a Python that is not there is named, with the option that sets it', async () => {
  const { runs, job } = await setUp({}, createLmmsEvalHarness({ python: 'no-such-python', extraArgs: [] }));
  const prepared = await runs.prepare(job);
  await expect(runs.launch(job, prepared)).rejects.toThrow(/no-such-python was not found.*--python/);
});

test('a folder has one name, whatever its spelling; no folder has none', async () => {
  const { runs, dataDir } = await setUp({});
  await symlink(dataDir, join(dataDir, 'link'));
  const spellings = [`${dataDir}/x/`, `${dataDir}/./x`, join(dataDir, 'link', 'x')];
  for (const output_dir of spellings) expect(runs.folderOf(request({ output_dir }))).toBe(join(dataDir, 'x'));
  expect(runs.folderOf(request({ output_dir: null }))).toBeNull();
});

test('a folder that has come to be another since the job was looked at is refused', async () => {
  const folder = await temporaryFolder();
  const link = join(folder, 'link');
  await symlink('one', link);
  const { runs, job } = await setUp({ output_dir: join(link, 'x') });
  expect(runs.folderOf(job.request)).toBe(join(folder, 'one', 'x'));
  await mkdir(join(folder, 'one'));
  await expect(runs.prepare(job)).resolves.toMatchObject({ output: join(link, 'x') });
  await rm(link);
  await mkdir(join(folder, 'two'));
  await symlink('two', link);
  expect(runs.folderOf(job.request)).toBe(join(folder, 'one', 'x'));
  await expect(runs.prepare(job)).rejects.toThrow(
    `output_dir ${join(link, 'x')} cannot be used: it led to ${join(folder, 'one', 'x')}`,
  );
  // A new look, e.g. by the next server, sees the new folder.
  await expect(runs.prepare({ ...job, request: { ...job.request } })).resolves.toBeDefined();
});

test('a run is judged by the extra arguments it was launched with, not by those of the server that judges', async () => {
  const job: RunJob = {
    jobId: 'job-1',
    folderName: 'lmms_eval_job-1',
    request: request({ model: 'good', tasks: ['a'] }),
    resources: oneGpu,
  };
  const dataDir = await temporaryFolder();
  const server = (...extraArgs: string[]) => {
    const harness = createLmmsEvalHarness({ python: fixture('fake-lmms-eval.mjs'), extraArgs });
    return createRunExecutor({ harness, backend: createLocalBackend(), dataDir, now });
  };
  const byOperator = await runToEnd(server('--model_args=pretrained=of/operator'), job);
  expect(byOperator.outcome.status).toBe('completed');
  const { prepared, exit } = byOperator;
  expect(prepared.operatorOptions).toEqual(['model_args']);
  expect((await server().collect(job, prepared, exit, null)).status).toBe('completed');
  // And the other way round: what this server sets excuses nothing.
  const foreign = { ...job, request: request({ model: 'foreign', tasks: ['a'] }), jobId: 'job-2', folderName: 'job-2' };
  const plain = await runToEnd(server(), foreign);
  const later = server('--model_args=pretrained=of/operator');
  expect(await later.collect(foreign, plain.prepared, plain.exit, null)).toMatchObject({ kind: 'noResults' });
  // A journal of before says nothing: then this server's arguments are all there is to go by.
  const { operatorOptions: _, ...old } = plain.prepared;
  expect((await later.collect(foreign, old, plain.exit, null)).status).toBe('completed');
});

test("discarding deletes evald's own files", async () => {
  const { runs, job, prepared, dataDir } = await evaluate({ model: 'good', tasks: ['a'] });
  await runs.discard(job);
  expect(existsSync(prepared.output)).toBe(false);
  expect(await readdir(join(dataDir, 'runs'))).toEqual([]);
  await runs.discard(job);
});

test('discarding never deletes a folder that the client named', async () => {
  const output_dir = join(await temporaryFolder(), 'named');
  const { runs, job, dataDir } = await evaluate({ model: 'good', tasks: ['a'], output_dir });
  await runs.discard(job);
  expect(existsSync(join(output_dir, 'org__name'))).toBe(true);
  expect(await readdir(join(dataDir, 'runs'))).toEqual([]);
});

test('discarding does not follow a link', async () => {
  const precious = await temporaryFolder();
  await writeFile(join(precious, 'file'), 'precious');
  const { runs, job, dataDir } = await setUp({});
  await mkdir(join(dataDir, 'outputs'));
  await symlink(precious, join(dataDir, 'outputs', job.folderName));
  await runs.discard(job);
  expect(existsSync(join(dataDir, 'outputs', job.folderName))).toBe(false);
  expect(await readFile(join(precious, 'file'), 'utf8')).toBe('precious');
});

describeWith(smallFilesystem, 'discarding what cannot be deleted', () => {
  test('discarding a folder that cannot be deleted is refused, and the folder is named', async () => {
    const { runs, job, prepared, dataDir } = await evaluate({ model: 'good', tasks: ['a'] });
    const mount = join(prepared.output, 'org__name');
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mount]);
    onTestFinished(() => void execFileSync('umount', ['-l', mount]));
    const refused = runs.discard(job);
    await expect(refused).rejects.toThrow(RunError);
    await expect(refused).rejects.toThrow(
      `${prepared.output} cannot be deleted: org__name: another filesystem is mounted there`,
    );
    expect(await readdir(join(dataDir, 'runs'))).toEqual([job.jobId]);
  });
});

test.each(['..', '.', '', 'a/b', '../../etc'])(
  'a folder name that leads elsewhere is refused: %j',
  async (folderName) => {
    const { runs, job } = await setUp({});
    await expect(runs.prepare({ ...job, folderName })).rejects.toThrow('is no name of a folder');
    await expect(runs.discard({ ...job, folderName })).rejects.toThrow('is no name of a folder');
  },
);

test('the server environment reaches the run, without what makes it a distributed worker', async () => {
  const { prepared } = await evaluate({}, { ...running('env'), env: { OF_THE_HARNESS: '1' } });
  const log = await readFile(prepared.log, 'utf8');
  expect(log).toContain('PYTHONUNBUFFERED=1\n');
  expect(log).toContain('OF_THE_HARNESS=1\n');
});

test.each([
  [1, null],
  [4, null],
  [2, ['0', '1']],
])('a run that asks for %j GPUs and has %j is prepared', async (gpus, devices) => {
  const { runs, job } = await setUp({});
  await expect(runs.prepare({ ...job, resources: { ...oneGpu, gpus, devices } })).resolves.toBeDefined();
});

test('a run that can never have the GPUs that it asks for is not prepared', async () => {
  const { runs, job, dataDir } = await setUp({});
  const prepared = runs.prepare({ ...job, resources: { ...oneGpu, gpus: 4, devices: [] } });
  await expect(prepared).rejects.toThrow('it asks for 4 GPUs (num_gpus), and this server has fewer to give (--gpus)');
  expect(await readdir(dataDir)).toEqual([]);
});

test('arguments for an engine are refused where there is none, and else are for the backend to judge', async () => {
  const { runs } = await setUp({});
  expect(runs.checkEngineArgs([])).toBeNull();
  expect(runs.checkEngineArgs(['--qos=x'])).toBe('the backend local takes no words for an engine');
  const backend = { ...createLocalBackend(), checkArgs: ([word]: readonly string[]) => `no ${word}` };
  const judged = createRunExecutor({ harness: fake, backend, dataDir: await temporaryFolder(), now });
  expect([judged.checkEngineArgs([]), judged.checkEngineArgs(['--qos=x'])]).toEqual([null, 'no --qos=x']);
});

test('a handle that cannot be read has a backend and no id', async () => {
  const { runs } = await setUp({});
  expect(runs.whereIs({ backend: 'local', pid: 'odd' })).toEqual({ name: 'local', id: '', node: null });
});

test('a job whose arguments for an engine were allowed when it was submitted, and are not now, does not run', async () => {
  const { runs, job } = await setUp({});
  const prepared = runs.prepare({ ...job, resources: { ...oneGpu, engineArgs: ['--partition=long'] } });
  await expect(prepared).rejects.toThrow(RunError);
  await expect(prepared).rejects.toThrow(
    'its words for the engine (engine_args) cannot be used: the backend local takes no words for an engine',
  );
});

test('launches that never happened leave one log, however many there were; one that was written to stays', async () => {
  const dataDir = await temporaryFolder();
  const launch = () => Promise.reject(new UnavailableError('the engine takes nothing'));
  const runs = createRunExecutor({ harness: fake, backend: { ...createLocalBackend(), launch }, dataDir, now });
  const job = { jobId: 'job-1', request: request(), folderName: 'lmms_eval_job-1', resources: oneGpu };
  const logs: string[] = [];
  for (let tries = 0; tries < 4; tries++) {
    const prepared = await runs.prepare(job);
    logs.push(prepared.log);
    if (tries === 2) await writeFile(prepared.log, 'the engine says no\n');
    await expect(runs.launch(job, prepared)).rejects.toThrow('takes nothing');
  }
  const { output } = await runs.prepare(job);
  expect(await readdir(output)).toHaveLength(2);
  expect(await readFile(String(logs[2]), 'utf8')).toBe('the engine says no\n');
});

test('a submission that is taken has the Python made again that its run may be forked from; one that is refused has not', async () => {
  const revived: string[] = [];
  const check = async ({ model }: { model: string }) => ({
    faults: model === 'bad' ? [{ path: ['model'], input: model, message: 'it is bad' }] : [],
    warnings: [],
    unread: null,
  });
  const warm = { program: 'what it imports', python: async () => ({ python: '/python', program: '', env: {} }) };
  const pythons = {
    prepare: async () => {},
    revive: (program: string) => void revived.push(program),
    ask: async () => null,
  };
  const runs = createRunExecutor({
    harness: { ...fake, check, warm },
    backend: { ...createLocalBackend(), warm: pythons },
    dataDir: await temporaryFolder(),
    now,
  });
  const job = (model: string) => ({ jobId: 'j', folderName: 'f', request: request({ model }), resources: oneGpu });
  await expect(runs.check(job('bad'))).rejects.toThrow('it is bad');
  expect(revived).toEqual([]);
  await runs.check(job('good'));
  expect(revived).toEqual(['what it imports']);
});
