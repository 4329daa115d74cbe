import { appendFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { type Artifacts, artifactsSchema } from '../../src/schemas/results/artifacts.ts';
import { jobResultsSchema } from '../../src/schemas/results/jobResults.ts';
import { samplesPageSchema } from '../../src/schemas/results/samplesPage.ts';
import { version } from '../../src/version.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5, model_args: { pretrained: 'org/toy' } };

let server: TestServer;
let folder: string;
let job: JobInfo;
let failed: JobInfo;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  server = await startServer();
  job = await run(quick);
  failed = await run({ ...quick, tasks: ['nosuch'] });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = async (request: object) => endedJob(server.url, await submit(server.url, request));
const get = (path: string, headers: { [name: string]: string } = {}) =>
  send(`${server.url}/jobs/${path}`, { method: 'GET', headers });

async function listed(id: string): Promise<Artifacts> {
  return artifactsSchema.parse((await get(`${id}/artifacts`)).json);
}

describe('results', () => {
  test('the results of a completed job are its numbers, what they were made by, and how long that took', async () => {
    const results = jobResultsSchema.parse((await get(`${job.job_id}/results`)).json);
    expect(results).toMatchObject({
      job_id: job.job_id,
      model: 'majority',
      model_name: 'org/toy',
      metrics: job.metrics,
      samples: { demo_digits: { effective: 5 } },
      harness: { name: 'demo', version },
      git_hash: null,
      files: job.result,
      warnings: [],
    });
    expect(results.evaluation_seconds).toBeGreaterThan(0);
    expect(results.duration_seconds).toBeGreaterThan(0);
  });

  test('the results of a job that has not ended, or ended without any, are refused with the reason', async () => {
    const running = await submit(server.url, { ...quick, model_args: { delay: 3600 } });
    const waiting = await submit(server.url, quick);
    for (const id of [running, waiting]) {
      for (const path of ['results', 'samples/demo_digits']) {
        expect(await get(`${id}/${path}`)).toMatchObject({
          status: 409,
          json: { detail: expect.stringMatching(`Job ${id} has not ended yet: it is (running|queued)`) },
        });
      }
    }
    expect(await get(`${waiting}/artifacts`)).toMatchObject({ status: 200, json: { files: [], truncated: false } });
    await send(`${server.url}/jobs/${waiting}`, { method: 'DELETE' });
    const reason = { status: 404, json: { detail: `Job ${waiting} has no results: it is cancelled` } };
    expect(await get(`${waiting}/results`)).toMatchObject(reason);
    await send(`${server.url}/jobs/${running}/stop`, { method: 'POST' });
    expect(await get(`${failed.job_id}/results`)).toMatchObject({
      status: 404,
      json: { detail: `Job ${failed.job_id} has no results: it is failed (harness)` },
    });
    expect(await get('nosuch/results')).toMatchObject({ status: 404, json: { detail: 'Job nosuch not found' } });
    await endedJob(server.url, running);
  });

  test('results that were deleted are gone, and overwritten ones are not taken for results', async () => {
    const other = await run(quick);
    const path = Object.values(other.result ?? {})[0]?.results ?? '';
    await writeFile(path, '{"results": {');
    expect(await get(`${other.job_id}/results`)).toMatchObject({ status: 500, json: { detail: /cannot be read/ } });
    await rm(path);
    expect(await get(`${other.job_id}/results`)).toMatchObject({ status: 404, json: { detail: /are gone/ } });
  });
});

describe('samples', () => {
  test('samples are those of the run, page by page, and only the wrong ones when those are asked for', async () => {
    const written = (await readFile(Object.values(job.result ?? {})[0]?.samples[0] ?? '', 'utf8')).trim().split('\n');
    const samples = written.map((line) => JSON.parse(line));
    const path = `${job.job_id}/samples/demo_digits`;
    const page = samplesPageSchema.parse((await get(`${path}?offset=1&limit=2`)).json);
    expect(page).toEqual({
      task: 'demo_digits',
      partial: false,
      total: 5,
      offset: 1,
      samples: samples.slice(1, 3),
      next_offset: 3,
      undecided: null,
      counts: null,
      marks: null,
    });
    const wrong = samplesPageSchema.parse((await get(`${path}?filter=wrong`)).json);
    expect(wrong).toMatchObject({ samples: samples.filter(({ acc }) => acc === 0), next_offset: null, undecided: 0 });
  });

  test('samples by what became of them come with counts of the whole task, and a mark for each', async () => {
    const path = `${job.job_id}/samples/demo_digits`;
    const all = samplesPageSchema.parse((await get(`${path}?filter=all&offset=1&limit=3`)).json);
    const everything = samplesPageSchema.parse((await get(path)).json).samples;
    const right = everything.filter(({ acc }: { [name: string]: unknown }) => acc === 1).length;
    const counts = { right, wrong: 5 - right, undecided: 0, empty: 0, failed: 0 };
    expect(all).toMatchObject({ total: 5, samples: everything.slice(1, 4), counts, next_offset: 4 });
    expect(all.marks).toEqual(
      everything.slice(1, 4).map((sample, at) => ({
        index: at + 1,
        verdict: (sample as { [name: string]: unknown })['acc'] === 1 ? 'right' : 'wrong',
        answer: 'answered',
      })),
    );
    for (const name of ['right', 'undecided', 'empty', 'failed'] as const) {
      const page = samplesPageSchema.parse((await get(`${path}?filter=${name}`)).json);
      expect(page, name).toMatchObject({ total: counts[name], counts });
    }
  });

  test('samples of a task that has none are not found', async () => {
    for (const task of ['nosuch', 'demo', '..%2F..%2Fsecret', '%00']) {
      expect(await get(`${job.job_id}/samples/${task}`), task).toMatchObject({ status: 404 });
    }
  });

  test.each([
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?offset=-1', 'offset'],
    ['?filter=some', 'filter'],
  ])('samples with %s are refused, naming the parameter', async (query, name) => {
    const answer = await get(`${job.job_id}/samples/demo_digits${query}`);
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['query', name] }] } });
  });
});

describe('artifacts', () => {
  test('artifacts are all files of a folder of its own, and each comes as it is on disk', async () => {
    const own = dirname(job.log ?? '');
    await writeFile(join(own, 'page.html'), '<script>alert(1)</script>');
    await writeFile(join(own, 'naïve "name" 100%.txt'), 'text');
    const { files } = await listed(job.job_id);
    expect(files.map(({ path }) => path.replace(/\d{8}[_-]\d{6}/, 'S'))).toEqual([
      'eval-S.log',
      'naïve "name" 100%.txt',
      'org__toy/S_results.json',
      'org__toy/S_samples_demo_digits.jsonl',
      'page.html',
    ]);
    for (const { path, size } of files) {
      const content = await readFile(join(own, path), 'utf8');
      for (const encoded of [path.split('/').map(encodeURIComponent).join('/'), encodeURIComponent(path)]) {
        const answer = await get(`${job.job_id}/artifacts/${encoded}`);
        expect(answer, path).toMatchObject({ status: 200, text: content });
        expect(answer.headers).toMatchObject({
          'content-length': String(size),
          'x-content-type-options': 'nosniff',
          'content-disposition': expect.stringMatching(/^attachment; filename="/),
        });
        expect(answer.headers['content-type']).not.toContain('html');
      }
    }
    const named = await get(`${job.job_id}/artifacts/${encodeURIComponent('naïve "name" 100%.txt')}`);
    expect(named.headers['content-disposition']).toBe(
      `attachment; filename="na_ve _name_ 100_.txt"; filename*=UTF-8''na%C3%AFve%20%22name%22%20100%25.txt`,
    );
  });

  test('artifacts come in ranges, and a range of a file that has changed is the whole of it', async () => {
    const own = dirname(job.log ?? '');
    await writeFile(join(own, 'part.txt'), '0123456789');
    const path = `${job.job_id}/artifacts/part.txt`;
    const { headers } = await send(`${server.url}/jobs/${path}`, { method: 'HEAD' });
    expect(headers).toMatchObject({ 'content-length': '10', 'accept-ranges': 'bytes' });
    const known = { Range: 'bytes=3-5', 'If-Range': String(headers.etag) };
    expect(await get(path, known)).toMatchObject({ status: 206, text: '345' });
    expect(await get(path, { Range: 'bytes=10-' })).toMatchObject({ status: 416 });
    await appendFile(join(own, 'part.txt'), 'x');
    expect(await get(path, known)).toMatchObject({ status: 200, text: '0123456789x' });
  });

  test('artifacts never lie outside the folder of the run, whatever the path says or a link points to', async () => {
    const other = await run(quick);
    const own = dirname(other.log ?? '');
    const secret = join(folder, 'secret');
    await writeFile(secret, 'hidden words');
    await symlink(secret, join(own, 'link'));
    await symlink(folder, join(own, 'folderLink'));
    const up = '../'.repeat(12);
    const paths = [
      'link',
      'folderLink/secret',
      `${up}etc/passwd`,
      encodeURIComponent(`${up}etc/passwd`),
      '/etc/passwd',
    ];
    const more = [
      '%2Fetc%2Fpasswd',
      '..%2f..%2fevald.log',
      '%2e%2e/journal.db',
      '%252e%252e%252fjournal.db',
      'link%00',
    ];
    for (const path of [...paths, ...more, '.', './', 'org__toy', 'org__toy/', '', '..\\journal.db', '%ff']) {
      const answer = await get(`${other.job_id}/artifacts/${path}`);
      expect([answer.status, answer.text.includes('hidden words')], path).toEqual([404, false]);
    }
    // A client makes the job itself of it, with a slash too many.
    expect(await get(`${other.job_id}/artifacts/..`)).toMatchObject({ status: 307, text: '' });
    expect((await listed(other.job_id)).files.map(({ path }) => path)).not.toContain('link');
    // The run's folder itself is exchanged for a link.
    await rename(own, join(folder, 'moved'));
    await symlink(folder, own);
    expect(await get(`${other.job_id}/artifacts/secret`)).toMatchObject({ status: 404 });
    expect(await listed(other.job_id)).toEqual({ files: [], truncated: false });
    await rm(own);
  });

  test("artifacts of a folder that the client named are only the run's own files", async () => {
    const output_dir = join(folder, 'named');
    await mkdir(output_dir);
    await writeFile(join(output_dir, 'private.txt'), 'private');
    const first = await run({ ...quick, output_dir });
    // Another model: within a second the same one would have files of the same names.
    const second = await run({ ...quick, output_dir, model_args: { pretrained: 'org/other' } });
    const [ones, others] = [await listed(first.job_id), await listed(second.job_id)];
    expect(ones.files.length).toBe(3);
    expect(others.files.length).toBe(3);
    const paths = new Set([...ones.files, ...others.files].map(({ path }) => path));
    expect(paths.size).toBe(6);
    const [foreign] = others.files.map(({ path }) => path);
    for (const path of ['private.txt', foreign ?? '']) {
      expect(await get(`${first.job_id}/artifacts/${path}`)).toMatchObject({ status: 404 });
    }
    expect(await get(`${second.job_id}/artifacts/${foreign}`)).toMatchObject({ status: 200 });
  });
});
