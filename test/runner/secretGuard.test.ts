import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunError } from '../../src/machines/ports/runner.ts';
import type { Backend } from '../../src/runner/backends/backend.ts';
import { combineBackends } from '../../src/runner/backends/combineBackends.ts';
import { createLocalBackend } from '../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../src/runner/executor.ts';
import { createDemoHarness } from '../../src/runner/harnesses/demo/harness.ts';
import { createRunSecrets, type RunSecrets } from '../../src/runner/secrets.ts';
import { Secrets } from '../../src/schemas/secrets/secretRequest.ts';
import { request } from '../support/requests/request.ts';
import { oneGpu, temporaryFolder } from '../support/runs/localRun.ts';

const planted = 'PLANTED-0123456789';
const stars = '*'.repeat(planted.length);
const exit = { kind: 'code' as const, code: 3 };

/** A prepared run of a job with a secret, and what could not be concealed of it. */
async function setUp({
  backend = createLocalBackend() as Backend,
  secrets = new Secrets({ '["api_key"]': planted }) as Secrets | null,
  output_dir = null as string | null,
  runSecrets = null as RunSecrets | null,
} = {}) {
  const dataDir = await temporaryFolder();
  const problems: string[] = [];
  const runs = createRunExecutor({
    harness: createDemoHarness({ extraArgs: [] }),
    backend,
    dataDir,
    now: Date.now,
    environment: {},
    ...(runSecrets === null ? { secretsOf: () => secrets } : { runSecrets }),
    onProblem: (message) => problems.push(message),
  });
  const asked = request({ model_args: { api_key: '***' }, output_dir });
  const job = { jobId: 'job', folderName: 'own', request: asked, resources: oneGpu };
  return { dataDir, problems, runs, job, prepared: await runs.prepare(job) };
}

test('a link in the folder of a run, or instead of it, leads to nothing that is redacted', async () => {
  const elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere, 'mine'), planted);
  const { runs, job, prepared, problems } = await setUp();
  await symlink(join(elsewhere, 'mine'), join(prepared.output, 'link'));
  await symlink(elsewhere, join(prepared.output, 'folder'));
  await writeFile(join(prepared.output, 'own'), planted);
  await runs.collect(job, prepared, exit, null);
  expect(await readFile(join(prepared.output, 'own'), 'utf8')).toBe(stars);
  expect(await readFile(join(elsewhere, 'mine'), 'utf8')).toBe(planted);

  await rename(prepared.output, join(elsewhere, 'moved'));
  await symlink(elsewhere, prepared.output);
  await runs.collect(job, prepared, exit, null);
  expect(await readFile(join(elsewhere, 'mine'), 'utf8')).toBe(planted);
  expect(problems).toEqual([expect.stringContaining(`${prepared.output} may show a credential`)]);
});

test('in a folder that was named, files that were there before and what is reached by a link are left as they are', async () => {
  const folder = await temporaryFolder();
  const elsewhere = await temporaryFolder();
  const old = join(folder, 'm', '20260101_000000_results.json');
  await mkdir(join(folder, 'm'));
  await writeFile(old, planted);
  const { runs, job, prepared } = await setUp({ output_dir: folder });
  await symlink(elsewhere, join(folder, 'n'));
  await writeFile(join(elsewhere, '20260102_000000_results.json'), planted);
  const fresh = join(folder, 'm', '20260102_000000_results.json');
  await writeFile(fresh, planted);
  await writeFile(prepared.log, planted);
  await runs.collect(job, prepared, exit, null);
  expect(await readFile(old, 'utf8')).toBe(planted);
  expect(await readFile(join(elsewhere, '20260102_000000_results.json'), 'utf8')).toBe(planted);
  expect(await readFile(fresh, 'utf8')).toBe(stars);
  expect(await readFile(prepared.log, 'utf8')).toBe(stars);
});

test('a run whose folder is gone ends nevertheless, and the problem is reported', async () => {
  const { runs, job, prepared, dataDir, problems } = await setUp();
  await rm(join(dataDir, 'outputs'), { recursive: true });
  expect(await runs.collect(job, prepared, exit, null)).toMatchObject({ kind: 'exited' });
  expect(problems).toEqual([expect.stringMatching(/^job job: .*outputs\/own may show a credential.*ENOENT/)]);
});

test('files that could not be redacted are reported on the job, in a limited number of lines', async () => {
  const { runs, job, prepared, problems } = await setUp();
  const taken = Array.from({ length: 25 }, (_, n) => join(prepared.output, `folder-${n}`));
  for (const folder of taken) {
    await mkdir(folder);
    await writeFile(join(folder, planted), '');
    await writeFile(join(folder, stars), '');
  }
  const { warnings = [] } = await runs.collect(job, prepared, exit, null);
  expect(warnings).toHaveLength(21);
  expect(warnings[0]).toMatch(/folder-\d+\/\*+ may show a credential, for it could not be redacted: its name/);
  expect(warnings[20]).toBe('5 more files may show a credential, for they could not be redacted');
  expect(problems).toEqual(warnings.map((warning) => `job job: ${warning}`));
});

test('a log of a folder that was named, which has another name by now, is reported', async () => {
  const folder = await temporaryFolder();
  const { runs, job, prepared } = await setUp({ output_dir: folder });
  await writeFile(prepared.log, planted);
  await rename(prepared.log, `${prepared.log}.1`);
  expect(await runs.collect(job, prepared, exit, null)).toMatchObject({
    warnings: [
      expect.stringMatching(/\.log may show a credential.*it is not there any more, and may have another name/),
    ],
  });
});

test('every text of an outcome is without a secret, and its kind stays what it is', async () => {
  const { runs, job, prepared } = await setUp({ secrets: new Secrets({ '["api_key"]': 'signalled' }) });
  const outcome = await runs.collect(job, prepared, { kind: 'signal', signal: 'signalled' }, null);
  expect(outcome).toMatchObject({ kind: 'signalled', signal: '*********' });
});

test('a secret that an outcome has lost the colours of is not seen either', async () => {
  const { runs, job, prepared } = await setUp();
  const red = '\u001b[31m';
  await writeFile(prepared.log, `key ${planted.slice(0, 9)}${red}${planted.slice(9)}\u001b[0m\n`);
  // A colour within it goes with it.
  expect(await runs.collect(job, prepared, exit, null)).toMatchObject({
    tail: [`key ${stars}${'*'.repeat(red.length)}`],
  });
});

test('a request whose credentials are lost is not run with the mask instead of them', async () => {
  const { runs, job, prepared, dataDir } = await setUp({ secrets: null });
  await expect(runs.launch(job, prepared)).rejects.toThrow('no credentials for it any more: model_args (api_key)');
  expect(await readdir(join(dataDir, 'runs', 'job', '1'))).toEqual(['prepared.json']);
});

test('a launch that fails leaves no file with the arguments', async () => {
  const { runs, job, prepared, dataDir } = await setUp();
  await rm(prepared.log);
  await mkdir(prepared.log);
  await expect(runs.launch(job, prepared)).rejects.toThrow();
  expect(await readdir(join(dataDir, 'runs', 'job', '1'))).not.toContain('config.json');
});

test('credentials that an operator has an engine give to every run are redacted too, whichever engine is chosen', async () => {
  const other: Backend = { ...createLocalBackend(), name: 'other', variables: { HF_TOKEN: planted, HF_HOME: '/hf' } };
  const backend = combineBackends(createLocalBackend(), [other]);
  const { runs, job, prepared } = await setUp({ backend, secrets: new Secrets({ '["api_key"]': 'another-secret' }) });
  await writeFile(prepared.log, `token ${planted} in /hf\n`);
  await runs.collect(job, prepared, exit, null);
  expect(await readFile(prepared.log, 'utf8')).toBe(`token ${stars} in /hf\n`);
});

test('an engine that refuses a run in a message with a credential is quoted without it', async () => {
  const refuse = () => Promise.reject(new RunError(`no: {"env_vars": {"HF_TOKEN": "${planted}"}}`));
  const { runs, job, prepared } = await setUp({ backend: { ...createLocalBackend(), launch: refuse } });
  await expect(runs.launch(job, prepared)).rejects.toThrow(`no: {"env_vars": {"HF_TOKEN": "${stars}"}}`);
  await expect(runs.launch(job, prepared)).rejects.toThrow(RunError);
});

test('a file that could not be redacted is redacted when it is read, also when the job has ended', async () => {
  let secrets: Secrets | null = new Secrets({ '["api_key"]': planted });
  const runSecrets = createRunSecrets({ secretsOf: () => secrets });
  const { runs, job, prepared, dataDir } = await setUp({ runSecrets });
  await rm(join(dataDir, 'outputs'), { recursive: true });
  await runs.collect(job, prepared, exit, null);
  secrets = null;
  expect(runSecrets.redactorOf('job')?.text(planted)).toBe(stars);
  expect(runSecrets.redactorOf('another')).toBeNull();
});
