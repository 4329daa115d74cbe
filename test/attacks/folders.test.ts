import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalBackend } from '../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../src/runner/executor.ts';
import { createDemoHarness } from '../../src/runner/harnesses/demo/harness.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { getRawPath } from '../support/requests/rawPath.ts';
import { request } from '../support/requests/request.ts';
import { send } from '../support/requests/send.ts';
import { oneGpu, temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 2 };
const json = { 'content-type': 'application/json' };

let folder: string;
let root: string;
let outside: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  root = join(folder, 'root');
  outside = join(folder, 'outside');
  await mkdir(join(root, 'there'), { recursive: true });
  await mkdir(outside);
  server = await startServer({ flags: ['--output-root', root] });
  await symlink(outside, join(root, 'link'));
  await symlink('../outside/later', join(root, 'dangling'));
  await symlink('/', join(root, 'top'));
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

const post = (path: string, body: object = {}) =>
  send(`${server.url}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) });

const evaluate = (output_dir: string) => post('/evaluate', { ...quick, output_dir });

async function ended(submitted: Awaited<ReturnType<typeof evaluate>>): Promise<JobInfo> {
  expect(submitted.status, submitted.text).toBe(200);
  return endedJob(server.url, Object(submitted.json).job_id);
}

describe('a folder outside of the roots', () => {
  test.each<[string, () => string]>([
    ['/etc', () => '/etc'],
    ['the top', () => '/'],
    ['.. at the end', () => `${root}/..`],
    ['.. on the way', () => `${root}/there/../../outside/x`],
    ['.. beyond the top', () => `${root}${'/..'.repeat(50)}/etc`],
    ['dots and slashes', () => `${root}/.//../outside`],
    ['a relative path', () => 'results'],
    ['a relative path with ..', () => '../../etc'],
    ['a link', () => `${root}/link`],
    ['something below a link', () => `${root}/link/x`],
    ['a link to what is not there yet', () => `${root}/dangling/x`],
    ['a link to the top', () => `${root}/top/etc`],
    ['a path through the process', () => '/proc/self/root/etc'],
    ['a name that begins like the root', () => `${root}-2`],
    ['the folder of the root', () => dirname(root)],
    ['the journal', () => `${server.dataDir}/journal.db`],
    ['the state of runs', () => `${server.dataDir}/runs/x`],
    ["evald's own outputs", () => `${server.dataDir}/outputs/x`],
  ])('a folder outside of the roots is refused: %s', async (_, named) => {
    const before = [await readdir(outside), await readdir(folder)];
    const answer = await evaluate(named());
    expect(answer).toMatchObject({
      status: 403,
      json: {
        detail: `\`output_dir\` ${JSON.stringify(named())} is not allowed: it must lie in ${root}, links followed`,
      },
    });
    expect([await readdir(outside), await readdir(folder)]).toEqual(before);
  });

  test('a folder inside the roots is made and used, by its one spelling', async () => {
    await symlink('there', join(root, 'inner'));
    const { status, log, result } = await ended(await evaluate(`${root}/inner/../inner/new/deeper`));
    expect([status, dirname(log ?? '')]).toEqual(['completed', join(root, 'there/new/deeper')]);
    for (const { results } of Object.values(result ?? {})) expect(results).toContain(join(root, 'there/new/deeper/'));
  });

  test('the folder for the merge of a checkpoint is refused outside of the roots', async () => {
    const merged = { checkpoint_path: join(root, 'there'), output_path: `${root}/link/x` };
    expect(await post('/merge', merged)).toMatchObject({
      status: 403,
      json: { detail: expect.stringMatching(/^`output_path` .* is not allowed/) },
    });
    expect(await post('/merge', { checkpoint_path: '/etc' })).toMatchObject({
      status: 403,
      json: { detail: expect.stringMatching(/^`checkpoint_path` "\/etc" is not allowed/) },
    });
  });
});

describe('a link put after the check', () => {
  /** Submits while nothing starts, does something to the folders, and lets the job start. */
  async function swapped(named: string, swap: () => Promise<unknown>): Promise<JobInfo> {
    await post('/queue/pause');
    const submitted = await evaluate(named);
    await swap();
    await post('/queue/resume');
    return ended(submitted);
  }

  const refused = (named: string) => ({
    status: 'failed',
    failure_kind: 'launch',
    error: expect.stringContaining(`output_dir ${named} cannot be used: it must lie in ${root}, links followed`),
  });

  test('a link put after the check in the path of a folder leads nowhere', async () => {
    const named = join(root, 'way', 'x');
    expect(await swapped(named, () => symlink(outside, join(root, 'way')))).toMatchObject(refused(named));
    expect(await readdir(outside)).toEqual([]);
  });

  test('a link put after the check where the folder was leads nowhere', async () => {
    const named = join(root, 'end');
    await mkdir(named);
    const swap = () => rename(named, `${named}-moved`).then(() => symlink(outside, named));
    expect(await swapped(named, swap)).toMatchObject(refused(named));
    expect(await readdir(outside)).toEqual([]);
  });

  test('a link put after the check where another link was leads nowhere', async () => {
    const named = join(root, 'switch', 'x');
    await symlink('there', join(root, 'switch'));
    const swap = () => rm(join(root, 'switch')).then(() => symlink(outside, join(root, 'switch')));
    expect(await swapped(named, swap)).toMatchObject(refused(named));
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('a link put while the run is prepared', () => {
  /** Runs whose harness does something to the folders when it is asked what is there, which is after they were made. */
  async function prepared(step: 'list' | 'command', swap: (output: string) => Promise<unknown>) {
    const [place, dataDir] = [await temporaryFolder(), await temporaryFolder()];
    const harness = createDemoHarness({ extraArgs: [] });
    const output_dir = join(place, 'a', 'b');
    const swapping = {
      ...harness,
      list: (output: string) => (step === 'list' ? swap(output) : Promise.resolve()).then(() => harness.list(output)),
      command: async (...asked: Parameters<typeof harness.command>) => {
        if (step === 'command') await swap(output_dir);
        return harness.command(...asked);
      },
    };
    const backend = createLocalBackend();
    const runs = createRunExecutor({ harness: swapping, backend, dataDir, outputRoots: [place], now: Date.now });
    const job = {
      jobId: 'job-1',
      folderName: 'own-1',
      request: request({ ...quick, output_dir }),
      resources: oneGpu,
    };
    return { runs, job, place };
  }

  test('a link put after the folder was made leads nowhere: the log stays in that folder, and nothing is launched', async () => {
    const elsewhere = await temporaryFolder();
    const { runs, job, place } = await prepared('list', async () => {
      await rename(join(place, 'a'), join(place, 'moved'));
      await mkdir(join(elsewhere, 'b'));
      await symlink(elsewhere, join(place, 'a'));
    });
    const run = await runs.prepare(job);
    expect([await readdir(join(elsewhere, 'b')), await readdir(join(place, 'moved', 'b'))]).toEqual([
      [],
      [basename(run.log)],
    ]);
    await expect(runs.launch(job, run)).rejects.toThrow(`and leads to ${join(elsewhere, 'b')} now`);
  });

  test('a link put while the command is made leads nowhere, and nothing is launched', async () => {
    const elsewhere = await temporaryFolder();
    const { runs, job } = await prepared('command', async (output) => {
      await rm(output, { recursive: true });
      await symlink(elsewhere, output);
    });
    const run = await runs.prepare(job);
    await expect(runs.launch(job, run)).rejects.toThrow(`and leads to ${elsewhere} now`);
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

test('a folder allowed when its job was queued is checked again by a server with other roots, and so is a retry', async () => {
  const dataDir = await temporaryFolder();
  const before = await startServer({ dataDir });
  const submit = (url: string, body: object) =>
    send(`${url}/evaluate`, { method: 'POST', headers: json, body: JSON.stringify(body) });
  const done = await submit(before.url, { ...quick, output_dir: join(outside, 'done') });
  await endedJob(before.url, Object(done.json).job_id);
  await send(`${before.url}/queue/pause`, { method: 'POST' });
  const waiting = await submit(before.url, { ...quick, output_dir: join(outside, 'waiting') });
  await before.stop();
  await rm(join(outside, 'done'), { recursive: true });

  const after = await startServer({ dataDir, flags: ['--output-root', root] });
  const detail = `it must lie in ${root}, links followed`;
  expect(await send(`${after.url}/jobs/${Object(done.json).job_id}/retry`, { method: 'POST' })).toMatchObject({
    status: 403,
    json: { detail: expect.stringContaining(detail) },
  });
  await send(`${after.url}/queue/resume`, { method: 'POST' });
  const job = await endedJob(after.url, Object(waiting.json).job_id);
  expect(job).toMatchObject({ failure_kind: 'launch', error: expect.stringContaining(detail) });
  expect(await readdir(outside)).toEqual([]);
  await after.stop();
});

describe('downloads of files', () => {
  let job: JobInfo;
  beforeAll(async () => {
    job = await ended(await post('/evaluate', quick));
    const own = dirname(job.log ?? '');
    await writeFile(join(own, '..', 'secret'), 'hidden words');
    await writeFile(join(outside, 'secret'), 'hidden words');
    await symlink(join(outside, 'secret'), join(own, 'link'));
    await symlink(outside, join(own, 'folder'));
    await mkdir(join(own, 'deep'));
    await symlink('../..', join(own, 'deep', 'up'));
  });
  afterAll(() => rm(join(outside, 'secret')));

  test.each([
    '../secret',
    '%2e%2e/secret',
    '%2e%2e%2fsecret',
    '.%2e%2fsecret',
    '%252e%252e%252fsecret',
    '..%5csecret',
    '..%c0%afsecret',
    '%c0%ae%c0%ae/secret',
    '..;/secret',
    'deep/../../secret',
    'deep%2f..%2f..%2fsecret',
    '%2fetc%2fpasswd',
    '//etc/passwd',
    'link',
    'link%00.json',
    'folder/secret',
    'deep/up/secret',
    'deep/up%2fsecret',
    '%2e%2e%2fsecret%00.json',
    '../../journal.db',
    '%2e%2e%2f%2e%2e%2fjournal.db',
    '%00',
    '%ff%fe',
    '.',
    '%2e%2e',
    `${'..%2f'.repeat(40)}etc%2fpasswd`,
  ])('a file that the run did not write is not sent: %s', async (path) => {
    const answer = await getRawPath(server.url, `/jobs/${job.job_id}/artifacts/${path}`);
    expect(answer.status, answer.text).toBe(404);
    expect(answer.text).not.toMatch(/hidden words|root:/);
  });

  test('the files that the run wrote are sent', async () => {
    const [files] = Object.values(job.result ?? {});
    const own = dirname(job.log ?? '');
    expect(existsSync(files?.results ?? '')).toBe(true);
    for (const path of [job.log ?? '', files?.results ?? '']) {
      const named = encodeURIComponent(path.slice(own.length + 1));
      expect(await getRawPath(server.url, `/jobs/${job.job_id}/artifacts/${named}`)).toMatchObject({ status: 200 });
    }
  });
});
