import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, devices, hangingFilesystem } from '../support/needs.ts';
import { everyAnswer } from '../support/requests/everyAnswer.ts';
import { send } from '../support/requests/send.ts';
import { fixture } from '../support/runs/localRun.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** Stands in files that are not the run's: nothing may ever show a part of it. */
const MARKER = 'MARKER-4711';

let folder: string;
let outside: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  outside = join(folder, 'outside');
  await mkdir(join(outside, 'm'), { recursive: true });
  await writeFile(join(outside, 'shadow'), `${MARKER}:x:0:0:root\n`.repeat(10), { mode: 0o600 });
  const whole = { results: { t1: { 'acc,none': 1, [MARKER]: 1 } }, config: { model: MARKER }, model_name: MARKER };
  await writeFile(join(outside, 'whole'), JSON.stringify(whole), { mode: 0o600 });
  server = await startServer({
    harness: 'lmms-eval',
    dataDir: join(folder, 'data'),
    flags: ['--python', fixture('replacing-lmms-eval.mjs'), '--check-names', 'off', '--slots', '4'],
    env: { TEST_OUTSIDE: outside },
  });
});
afterAll(async () => {
  // Whatever was tried, it is in none of the server's own files either.
  const exported = await runMain(['journal', 'export', '--data-dir', server.dataDir]);
  expect(exported.stdout).toContain('t1');
  expect(exported.stdout).not.toContain(MARKER);
  expect(server.log()).toContain('completed');
  expect(server.log()).not.toContain(MARKER);
  await server.stop();
  await removeFolder(folder);
});

async function run(model: string): Promise<JobInfo> {
  const id = await submit(server.url, { model, tasks: ['t1'], log_samples: true });
  return endedJob(server.url, id);
}

/** All that can be asked of a job, each answered, and none with a word of what is not the run's. */
async function expectNothingShown(job: JobInfo, more: string[], isLarge = false): Promise<Map<string, string>> {
  const { url } = server;
  // Of what is too large for results no download is asked for: of the run's own files none is.
  const answers = isLarge ? new Map<string, string>() : await everyAnswer(url, job.job_id, 't1');
  for (const path of ['', 'log?follow=true', 'log?follow=true&raw=true', 'log?tail=5', ...more]) {
    answers.set(path, (await send(`${url}/jobs/${job.job_id}/${path}`, { method: 'GET' })).text);
  }
  for (const [asked, text] of answers) expect(text, asked).not.toMatch(new RegExp(`${MARKER}|x:0:0|root`));
  return answers;
}

const own = (job: JobInfo): string => dirname(job.log ?? '');
const artifact = (path: string): string => `artifacts/${encodeURIComponent(path)}`;

const RESULTS = 'm/20261124_000000_results.json';
const SAMPLES = 'm/20261124_000000_samples_t1.jsonl';

const reasons: Record<string, string> = {
  link: 'is a link',
  whole: 'is a link',
  inside: 'is a link',
  hard: 'has other names (hard links)',
  pipe: 'is no regular file',
  socket: 'is no regular file',
  ...(devices.present && { device: 'is no regular file' }),
};

test('a run that does no harm is completed, and all of it is shown', async () => {
  const job = await run('good.nothing');
  expect(job).toMatchObject({ status: 'completed', metrics: { t1: { acc: { value: 0.5 } } }, warnings: [] });
  const answers = await expectNothingShown(job, [artifact(RESULTS)]);
  expect(answers.get('log?tail=5')).toContain('A line of the log');
  expect(answers.get(artifact(RESULTS))).toContain('"acc,none":0.5');
});

describe('a run with hostile files', () => {
  test.each(Object.entries({ ...reasons, large: 'is larger than 64 MB' }))(
    'a run fails for what it has put instead of its results: %s',
    async (thing, reason) => {
      const job = await run(`${thing}.results`);
      expect(job).toMatchObject({ status: 'failed', failure_kind: 'harness', result: null, partial_result: null });
      expect(job.error).toContain(`${RESULTS} cannot be read: it ${reason}`);
      const isLarge = thing === 'large';
      const answers = await expectNothingShown(job, isLarge ? ['results'] : [artifact(RESULTS)], isLarge);
      if (!isLarge) expect(answers.get(artifact(RESULTS))).toContain(reason);
    },
  );

  test.each(Object.entries({ ...reasons, large: 'is larger than 65536 MB' }))(
    'a run fails for what it has put instead of its samples: %s',
    async (thing, reason) => {
      const job = await run(`${thing}.samples`);
      expect(job).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults' });
      expect(job.error).toContain(`the samples file of t1: ${SAMPLES} ${reason}`);
      const isLarge = thing === 'large';
      const answers = await expectNothingShown(job, ['samples/t1', ...(isLarge ? [] : [artifact(SAMPLES)])], isLarge);
      expect(answers.get('samples/t1')).toContain(reason);
    },
  );

  test.each(Object.entries({ ...reasons, folder: 'is no regular file' }))(
    'a run fails for what it has put instead of its log: %s',
    async (thing, reason) => {
      const job = await run(`${thing}.log`);
      expect(job).toMatchObject({ status: 'failed', failure_kind: 'harness' });
      expect(job.error).toContain(`its output cannot be read: ${job.log} ${reason}`);
      const answers = await expectNothingShown(job, ['log', artifact(relative(own(job), job.log ?? ''))]);
      for (const path of ['log', 'log?follow=true', 'log?tail=5']) expect(answers.get(path)).toContain(reason);
    },
  );

  test('a run fails for what it has put instead of the folder of its model', async () => {
    const job = await run('inside.folder');
    expect(job).toMatchObject({ status: 'failed', failure_kind: 'noResults' });
    expect(job.error).toContain(`${join(own(job), 'm')} is a link, and links are not followed`);
    await expectNothingShown(job, [artifact(RESULTS)]);
  });

  test('a run fails for what it has put instead of its whole folder', async () => {
    const job = await run('inside.output');
    expect(job).toMatchObject({ status: 'failed', result: null });
    const answers = await expectNothingShown(job, ['log', artifact(RESULTS)]);
    for (const path of ['log', artifact(RESULTS)]) expect(answers.get(path)).toContain('lies behind a link');
  });
});

describe('the files of an ended run', () => {
  const puts: Record<string, (path: string) => Promise<unknown>> = {
    link: (path) => symlink(join(outside, 'shadow'), path),
    whole: (path) => symlink(join(outside, 'whole'), path),
    inside: (path) => symlink(`${path}.moved`, path),
    hard: (path) => link(join(outside, 'shadow'), path),
    pipe: async (path) => execFileSync('mkfifo', [path]),
    socket: async (path) =>
      spawnSync(process.execPath, [fixture('leave-socket.mjs'), basename(path)], { cwd: dirname(path) }),
    folder: (path) => mkdir(path),
  };

  test.each(Object.entries(puts))(
    'when a run has ended, nothing is shown of what replaces its files: %s',
    async (thing, put) => {
      const reason = reasons[thing] ?? 'is no regular file';
      const job = await run('good.nothing');
      expect(job.status).toBe('completed');
      const log = relative(own(job), job.log ?? '');
      for (const path of [RESULTS, SAMPLES, log].map((name) => join(own(job), name))) {
        await rename(path, `${path}.moved`);
        await put(path);
      }
      const paths = ['results', 'samples/t1', 'log', artifact(RESULTS), artifact(SAMPLES), artifact(log)];
      const answers = await expectNothingShown(job, paths);
      for (const path of paths) expect(answers.get(path), path).toContain(reason);
    },
  );

  test('when a run has ended, nothing is shown of what replaces a folder in a path', async () => {
    const job = await run('good.nothing');
    await rename(join(own(job), 'm'), join(own(job), 'moved'));
    for (const target of ['moved', join(outside, 'm')]) {
      await symlink(target, join(own(job), 'm'));
      await writeFile(join(outside, RESULTS), MARKER);
      await writeFile(join(outside, SAMPLES), MARKER);
      const answers = await expectNothingShown(job, ['results', 'samples/t1', artifact(RESULTS)]);
      for (const path of ['results', 'samples/t1', artifact(RESULTS)]) {
        expect(answers.get(path), path).toContain('lies behind a link');
      }
      await rm(join(own(job), 'm'));
    }
  });
});

test('a folder that is named by a link of the operator works, and links below it do not', async () => {
  await mkdir(join(folder, 'disk'));
  await symlink(join(folder, 'disk'), join(folder, 'scratch'));
  const named = async (model: string, name: string) => {
    const asked = { model, tasks: ['t1'], log_samples: true, output_dir: join(folder, 'scratch', name) };
    return endedJob(server.url, await submit(server.url, asked));
  };
  const job = await named('good.nothing', 'good');
  expect(job).toMatchObject({ status: 'completed', warnings: [] });
  const paths = ['results', 'samples/t1', 'log', artifact(RESULTS)];
  const answers = await expectNothingShown(job, paths);
  expect(answers.get('results')).toContain('"value":0.5');
  expect(answers.get('samples/t1')).toContain('"total":1');
  expect(answers.get('log')).toContain('A line of the log');
  expect(answers.get(artifact(RESULTS))).toContain('"acc,none":0.5');
  // It may be another run's: what is there besides decides.
  const refused = await named('whole.results', 'bad');
  expect(refused).toMatchObject({ status: 'failed', failure_kind: 'noResults' });
  expect(refused.error).toContain('cannot be read: it is a link');
  await expectNothingShown(refused, paths);
});

test('pipes instead of every file of many runs leave the server answering', async () => {
  const jobs = await Promise.all(Array.from({ length: 6 }, () => run('good.nothing')));
  for (const job of jobs) {
    for (const path of [RESULTS, SAMPLES, relative(own(job), job.log ?? '')].map((name) => join(own(job), name))) {
      await rm(path);
      execFileSync('mkfifo', [path]);
    }
  }
  const paths = ['results', 'samples/t1', 'log', 'log?follow=true', artifact(RESULTS), artifact(SAMPLES), 'artifacts'];
  const answers = await Promise.all(
    jobs.flatMap(({ job_id }) => paths.map((path) => send(`${server.url}/jobs/${job_id}/${path}`, { method: 'GET' }))),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 404, 500]));
  // All of the file threads are there: a run is started, judged and shown.
  expect((await run('good.nothing')).status).toBe('completed');
});

describeWith(hangingFilesystem, 'a filesystem that hangs below the folders of runs', () => {
  test('a filesystem that hangs leaves the server answering and running other jobs; what it held up is answered when it ends', async () => {
    const jobs = await Promise.all(Array.from({ length: 4 }, () => run('good.nothing')));
    const folders = jobs.map((job) => join(own(job), 'm'));
    const mount = spawn('python3', [fixture('hanging-mount.py'), ...folders], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      expect(String(await once(mount.stdout, 'data'))).toContain('mounted');
      const paths = ['results', 'samples/t1', artifact(RESULTS), 'artifacts'];
      const asked = Promise.all(
        jobs.flatMap(({ job_id }) =>
          paths.map((path) => send(`${server.url}/jobs/${job_id}/${path}`, { method: 'GET' })),
        ),
      );
      // More than a process has threads for files unless it asks for more: each of these would keep one.
      const other = await run('good.nothing');
      expect(other.status).toBe('completed');
      const answers = await expectNothingShown(other, ['results', 'samples/t1', artifact(RESULTS)]);
      expect(answers.get('results')).toContain('"value":0.5');
      expect((await send(`${server.url}/health`, { method: 'GET' })).status).toBe(200);
      mount.stdin.end();
      for (const { status, text } of await asked) {
        expect([200, 404, 500]).toContain(status);
        expect(text).not.toContain('"value":0.5');
      }
    } finally {
      mount.stdin.end();
      if (mount.exitCode === null) await once(mount, 'exit');
    }
  });
});
