import { copyFile, mkdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { removeTree } from '../../src/files/removeTree.ts';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import type { ImportAnswer } from '../../src/schemas/scores/imports.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { dataOf, openEvents } from '../support/requests/eventStream.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { send } from '../support/requests/send.ts';
import { contentOf, writeLmEvalRun, writeLmmsEvalRun } from '../support/runs/earlierRuns.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { crashPoints } from '../support/server/crashingServer.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';
import { eventually } from '../support/waiting/eventually.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const post = (url: string, path: string, body: object = {}, headers: Record<string, string> = {}) =>
  send(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const get = async (url: string, path: string) => Object(await (await fetch(`${url}${path}`)).json());

async function importFrom(dir: string, more: object = {}, { url } = server): Promise<ImportAnswer> {
  const { status, json, text } = await post(url, '/imports', { dir, ...more });
  expect(status, text).toBe(200);
  return json as ImportAnswer;
}

const jobOf = async ({ imported }: ImportAnswer, { url } = server): Promise<JobInfo> =>
  get(url, `/jobs/${imported[0]?.job_id}`);

describe('an earlier run', () => {
  test('a run of lmms-eval becomes a completed job with its scores, its request and its times, and is marked as imported', async () => {
    const dir = await temporaryFolder();
    const { results, samples } = await writeLmmsEvalRun(dir);
    const answer = await importFrom(dir, { labels: { run: 'r6', step: 100 } });
    expect(answer.imported).toMatchObject([
      { file: results, harness: 'lmms-eval', model: 'qwen2_5_vl', tasks: ['shapes'] },
    ]);
    expect(answer.skipped).toEqual([]);
    const job = await jobOf(answer);
    expect(job).toMatchObject({
      status: 'completed',
      imported: results,
      // The stamp of lmms-eval is in UTC+8.
      created_at: '2026-03-01T04:00:00.000+00:00',
      started_at: '2026-03-01T04:00:00.000+00:00',
      completed_at: '2026-03-01T04:00:12.500+00:00',
      duration_seconds: 12.5,
      labels: { run: 'r6', step: 100 },
      request: {
        model: 'qwen2_5_vl',
        tasks: ['shapes'],
        model_args: { pretrained: '/ckpt/step-100', attn: 'sdpa', max_pixels: 1_003_520, use_cache: false },
        batch_size: '1',
        output_dir: join(dir, 'ckpt__step-100'),
      },
      metrics: { shapes: { exact_match: { value: 0.5, stderr: null, n: 4, higher_is_better: true } } },
      answers: { shapes: { answered: 4, empty: 0, failed: 0 } },
      result: { 'ckpt__step-100': { results, samples } },
      ...{ log: null, backend: null, position_in_queue: null, warnings: [], submitted_by: null },
    });
    expect(await get(server.url, `/jobs/${job.job_id}/results`)).toMatchObject({
      harness: { name: 'lmms-eval', version: 'main@abc1234' },
      git_hash: 'abc1234',
      evaluation_seconds: 12.5,
    });
  });

  test('a run of lm-eval becomes a job with a score for each filter, each with its samples, which can be paged through', async () => {
    const dir = await temporaryFolder();
    const { results } = await writeLmEvalRun(join(dir, 'deep/er'));
    const job = await jobOf(await importFrom(dir));
    expect(job).toMatchObject({
      imported: results,
      created_at: '2026-03-02T10:20:00.000+00:00',
      completed_at: '2026-03-02T10:22:32.750+00:00',
      request: { model: 'hf', model_args: { pretrained: '/ckpt/step-200', trust_remote_code: true }, device: 'cuda:0' },
      metrics: {
        sums_hard: {
          'exact_match,strict-match': { value: 0, stderr: 0, n: 3 },
          'exact_match,flexible-extract': { value: 1, stderr: 0.25, n: 3 },
        },
      },
    });
    const rows = (await get(server.url, `/scores?job=${job.job_id}`)).scores;
    const made = {
      imported: true,
      harness: 'lm-eval',
      harness_version: '0.4.13',
      task_version: '3',
      num_fewshot: 5,
      num_gpus: null,
    };
    expect(rows).toMatchObject([
      { ...made, metric: 'exact_match', filter: 'strict-match', value: 0, n: 3 },
      {
        ...made,
        metric: 'exact_match',
        filter: 'flexible-extract',
        value: 1,
        stderr: 0.25,
        checkpoint: '/ckpt/step-200',
      },
    ]);
    const path = `/jobs/${job.job_id}`;
    expect(await get(server.url, `${path}/results`)).toMatchObject({ harness: { name: 'lm-eval', version: '0.4.13' } });
    const page = await get(server.url, `${path}/samples/sums_hard?limit=2`);
    expect(page).toMatchObject({
      total: 6,
      next_offset: 2,
      samples: [{ doc_id: 0, filter: 'strict-match' }, { doc_id: 1 }],
    });
    const last = await get(server.url, `${path}/samples/sums_hard?offset=5`);
    expect(last).toMatchObject({ next_offset: null, samples: [{ doc_id: 2, filter: 'flexible-extract' }] });
    const wrong = await get(server.url, `${path}/samples/sums_hard?filter=wrong`);
    expect(wrong).toMatchObject({ total: 3, samples: [{ filter: 'strict-match' }, {}, {}] });
    const { files } = await get(server.url, `${path}/artifacts`);
    expect(files).toHaveLength(2);
    const whole = await fetch(`${server.url}${path}/artifacts/${files[0].path}`);
    expect(await whole.text()).toBe(await readFile(results, 'utf8'));
  });

  test('the same file imported again is skipped, and names the job that it is; changed, it is another run', async () => {
    const dir = await temporaryFolder();
    const { results } = await writeLmmsEvalRun(dir);
    const [first] = (await importFrom(dir)).imported;
    const again = await importFrom(dir, { labels: { run: 'other' } });
    expect(again.imported).toEqual([]);
    expect(again.skipped).toEqual([{ file: results, reason: `it was imported before as job ${first?.job_id}` }]);
    await writeFile(results, `${await readFile(results, 'utf8')}\n`);
    expect((await importFrom(dir)).imported).toMatchObject([{ file: results }]);
  });

  test('one file that is imported by many requests at once becomes one job', async () => {
    const dir = await temporaryFolder();
    await writeLmmsEvalRun(dir);
    const answers = await Promise.all(Array.from({ length: 8 }, () => importFrom(dir)));
    expect(answers.flatMap(({ imported }) => imported)).toHaveLength(1);
    expect(answers.flatMap(({ skipped }) => skipped)).toHaveLength(7);
  });

  test('an import is three events, marked, and counts as completed; it neither waits nor posts a webhook, nor is it a measure of how long jobs take', async () => {
    const receiver = await startReceiver();
    const own = await startServer({ flags: ['--webhook', `${receiver.url}/hook`, '--webhook-allow-private', 'true'] });
    try {
      const dir = await temporaryFolder();
      await writeLmmsEvalRun(dir, {
        more: { config: { model: 'majority', resolved_cli_args: { tasks: 'demo_digits' } } },
      });
      const job = await jobOf(await importFrom(dir, {}, own), own);
      const { ended } = await openEvents(`${own.url}/jobs/${job.job_id}/events?after=0`);
      const events = dataOf(await ended).map(({ data }) => data);
      expect(events.map(({ type, data }) => [type, data.imported])).toEqual([
        ['submitted', true],
        ['started', true],
        ['completed', true],
      ]);
      expect(await get(own.url, '/queue')).toMatchObject({ queue_size: 0, completed_jobs: 1 });
      const quick = { model: 'majority', tasks: ['demo_digits'], limit: 2 };
      const tried = await post(own.url, '/evaluate?dry_run=true', { ...job.request, output_dir: null, ...quick });
      expect(tried.json).toMatchObject({ expected_end_at: null });
      const ran = await post(own.url, '/evaluate', quick);
      const { job_id } = Object(ran.json);
      await endedJob(own.url, job_id);
      // The first that comes is of the run that this server ran.
      const posted = await eventually(async () => receiver.posts[0] ?? null);
      expect(posted.body).toContain(job_id);
    } finally {
      await own.stop();
    }
  });

  test('an imported job cannot be repeated, stopped, cancelled or reprioritised, and each refusal says why', async () => {
    const dir = await temporaryFolder();
    const { results } = await writeLmmsEvalRun(dir);
    const { job_id } = await jobOf(await importFrom(dir));
    const path = `/jobs/${job_id}`;
    const retry = await post(server.url, `${path}/retry`);
    expect(retry).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`was imported from ${results}`) },
    });
    expect(await post(server.url, `${path}/stop`)).toMatchObject({ status: 400 });
    expect(await send(`${server.url}${path}`, { method: 'DELETE' })).toMatchObject({ status: 400 });
    const body = JSON.stringify({ priority: 1 });
    const headers = { 'content-type': 'application/json' };
    expect(await send(`${server.url}${path}`, { method: 'PATCH', headers, body })).toMatchObject({ status: 409 });
    const acted = await post(server.url, '/jobs/actions', { action: 'retry', ids: [job_id] });
    expect(acted.json).toMatchObject({ jobs: [{ outcome: 'refused', error: expect.stringContaining('imported') }] });
  });

  test('credentials in what an earlier run was asked are masked, and the file that has them is not shown', async () => {
    const planted = 'sk-PLANTED-0123456789abcdef';
    const dir = await temporaryFolder();
    const generation = { sums_hard: { generation_kwargs: { until: ['Q:'], extra_body: { api_key: planted } } } };
    const { results } = await writeLmEvalRun(dir, {
      args: { api_key: planted },
      more: { configs: generation, system_instruction: `Authorization: Bearer ${planted}` },
    });
    const job = await jobOf(await importFrom(dir));
    expect(job.request.model_args).toMatchObject({ pretrained: '/ckpt/step-200', api_key: '***' });
    expect(job.warnings).toEqual([expect.stringContaining('credentials in model_args (api_key)')]);
    const path = `/jobs/${job.job_id}`;
    const { files } = await get(server.url, `${path}/artifacts`);
    expect(files).toMatchObject([{ path: expect.stringMatching(/^samples_/) }]);
    const name = results.slice(results.lastIndexOf('/') + 1);
    expect((await fetch(`${server.url}${path}/artifacts/${name}`)).status).toBe(404);
    const other = await temporaryFolder();
    await writeLmEvalRun(other);
    const compared = `/compare?a=${job.job_id}&b=${(await jobOf(await importFrom(other))).job_id}`;
    expect(await get(server.url, compared)).toMatchObject({
      configuration: expect.arrayContaining([
        expect.objectContaining({ field: 'gen_kwargs', a: '{"extra_body":{"api_key":"***"},"until":["Q:"]}', b: null }),
        expect.objectContaining({ field: 'system_instruction', a: 'Authorization: Bearer ***', b: null }),
      ]),
    });
    const shown = [path, compared, `${path}/results`, `${path}/samples/sums_hard`, `${path}/artifacts`].map(
      async (one) => (await fetch(`${server.url}${one}`)).text(),
    );
    expect((await Promise.all(shown)).join('\n') + server.log()).not.toContain(planted);
  });
});

describe('what is no whole run', () => {
  test('a file that is cut, has no score, only NaN, or samples that are not all there is skipped with its reason, and the others go on', async () => {
    const dir = await temporaryFolder();
    const cut = await writeLmmsEvalRun(dir, { stamp: '20260101_000000' });
    await truncate(cut.results, 200);
    const nothing = await writeLmmsEvalRun(dir, { stamp: '20260102_000000', more: { results: {} } });
    const nan = await writeLmmsEvalRun(dir, { stamp: '20260103_000000' });
    await writeFile(nan.results, (await readFile(nan.results, 'utf8')).replace('0.5', 'NaN'));
    const short = await writeLmmsEvalRun(dir, { stamp: '20260104_000000' });
    await truncate(short.samples[0] ?? '', 100);
    const nameless = await writeLmmsEvalRun(dir, { stamp: '20260105_000000', more: { config: {}, model_name: null } });
    const whole = await writeLmmsEvalRun(dir, { stamp: '20260106_000000' });
    const { imported, skipped } = await importFrom(dir);
    expect(imported.map(({ file }) => file)).toEqual([whole.results]);
    expect(skipped).toEqual([
      { file: cut.results, reason: expect.stringMatching(/^it is cut off, or still being written/) },
      { file: nothing.results, reason: 'it has no score' },
      { file: nan.results, reason: 'none of its scores is a finite number' },
      {
        file: short.samples[0]?.replace('_samples_shapes.jsonl', '_results.json'),
        reason: expect.stringContaining('the samples file of shapes: it is cut off'),
      },
      { file: nameless.results, reason: 'it does not name the model' },
    ]);
  });

  test('what lies behind a link, a huge file and a very deep folder are not read, and the others go on', async () => {
    const dir = await temporaryFolder();
    const outside = await writeLmmsEvalRun(await temporaryFolder());
    await mkdir(join(dir, 'm'));
    await symlink(outside.results, join(dir, 'm/20260101_000000_results.json'));
    await symlink(join(outside.results, '..'), join(dir, 'linked'));
    const huge = join(dir, 'm/20260102_000000_results.json');
    await writeFile(huge, '{');
    await truncate(huge, 65 * 1024 * 1024);
    const { imported, skipped } = await importFrom(dir);
    expect(imported).toEqual([]);
    expect(skipped).toEqual([{ file: huge, reason: expect.stringMatching(/^it is larger than 64 MB/) }]);

    const whole = await writeLmmsEvalRun(dir, { stamp: '20260103_000000' });
    // From the inside out: no path is too long for the system while it is made.
    let inner = join(dir, 'deep');
    await mkdir(inner);
    for (let level = 0; level < 40; level++) {
      const outer = join(dir, `outer${level}`);
      await mkdir(join(outer, 'x'.repeat(200)), { recursive: true });
      await rename(inner, join(outer, 'x'.repeat(200), 'y'));
      inner = outer;
    }
    onTestFinished(() => removeTree(inner));
    const deep = await importFrom(dir);
    expect(deep.imported.map(({ file }) => file)).toEqual([whole.results]);
    expect(deep.skipped).toContainEqual({
      file: dir,
      reason: expect.stringContaining('not all of it could be looked through'),
    });
  });

  test('results of a run of this server, which has ended or still runs, are never imported', async () => {
    const dir = await temporaryFolder();
    const quick = { model: 'majority', tasks: ['demo_digits'], limit: 2, output_dir: dir };
    const { job_id } = Object((await post(server.url, '/evaluate', quick)).json);
    await endedJob(server.url, job_id);
    const { imported, skipped } = await importFrom(dir);
    expect(imported).toEqual([]);
    expect(skipped).toMatchObject([{ reason: `it is of job ${job_id}, which this server runs or has run` }]);
    // What others put there is theirs.
    const other = await writeLmmsEvalRun(dir);
    expect((await importFrom(dir)).imported).toMatchObject([{ file: other.results }]);

    const endless = { ...quick, model_args: { delay: 3_600 } };
    const running = Object((await post(server.url, '/evaluate', endless)).json).job_id;
    while ((await get(server.url, `/jobs/${running}`)).log === null);
    const written = join(dir, '20990101_000000_results.json');
    await copyFile(other.results, written);
    expect((await importFrom(dir)).skipped).toContainEqual({
      file: written,
      reason: `it is of job ${running}, which this server runs or has run`,
    });
    await post(server.url, `/jobs/${running}/stop`);
    await endedJob(server.url, running);
  });
});

describe('which folders are read', () => {
  test('a folder that is not there, is a file, or is of evald itself is refused with its reason', async () => {
    const dir = await temporaryFolder();
    const missing = join(dir, 'missing');
    expect(await post(server.url, '/imports', { dir: missing })).toMatchObject({
      status: 404,
      json: { detail: `${missing} is no folder on the server` },
    });
    await writeFile(join(dir, 'file'), '');
    expect(await post(server.url, '/imports', { dir: join(dir, 'file') })).toMatchObject({ status: 404 });
    for (const own of [server.dataDir, join(server.dataDir, 'outputs'), join(server.dataDir, 'runs'), '/']) {
      expect(await post(server.url, '/imports', { dir: own })).toMatchObject({
        status: 403,
        json: { detail: expect.stringMatching(/^`dir` .* is not allowed: .* is kept for evald's own files/) },
      });
    }
    for (const wrong of ['relative', '', '/a\u0000b', 7]) {
      expect(await post(server.url, '/imports', { dir: wrong })).toMatchObject({
        status: 422,
        json: { detail: [{ loc: ['body', 'dir'] }] },
      });
    }
    expect(await importFrom(dir)).toEqual({ imported: [], skipped: [] });
  });

  test('with roots only what lies in them is read, links followed, and only a token of the role submit may ask', async (context) => {
    const tokens = await tokensFile(context, { reader: 'read', alice: 'submit' });
    const root = await temporaryFolder();
    const outside = await temporaryFolder();
    await writeLmmsEvalRun(join(root, 'in'));
    await writeLmmsEvalRun(outside);
    await symlink(outside, join(root, 'link'));
    const own = await startServer({ flags: ['--tokens', tokens.file, '--output-root', root] });
    try {
      const ask = (dir: string, who: string) => post(own.url, '/imports', { dir }, tokens.bearer(who));
      for (const dir of [outside, join(root, 'link'), `${root}/../`, '/etc']) {
        expect(await ask(dir, 'alice')).toMatchObject({
          status: 403,
          json: { detail: expect.stringContaining(`it must lie in ${root}`) },
        });
      }
      expect(await ask(root, 'reader')).toMatchObject({
        status: 403,
        json: { detail: expect.stringContaining('needs the role submit') },
      });
      const { imported } = (await ask(root, 'alice')).json as ImportAnswer;
      expect(imported).toHaveLength(1);
      const job = await send(`${own.url}/jobs/${imported[0]?.job_id}`, {
        method: 'GET',
        headers: tokens.bearer('reader'),
      });
      expect(job.json).toMatchObject({ submitted_by: 'alice', status: 'completed' });
    } finally {
      await own.stop();
    }
  });
});

describe('the record of imports', () => {
  test('a restart keeps imported jobs as they are; what evald forgets of them deletes and changes none of their files', async () => {
    const dir = await temporaryFolder();
    for (const stamp of ['20260101_000000', '20260102_000000', '20260103_000000'])
      await writeLmmsEvalRun(dir, { stamp });
    await writeLmEvalRun(dir);
    const before = await contentOf(dir);
    const dataDir = join(await temporaryFolder(), 'data');
    const first = await startServer({ dataDir });
    const { imported } = await importFrom(dir, {}, first);
    expect(imported).toHaveLength(4);
    const shown = await Promise.all(imported.map(({ job_id }) => get(first.url, `/jobs/${job_id}`)));
    await first.stop();

    const second = await startServer({ dataDir });
    expect(await Promise.all(imported.map(({ job_id }) => get(second.url, `/jobs/${job_id}`)))).toEqual(shown);
    expect((await importFrom(dir, {}, second)).imported).toEqual([]);
    await second.stop();

    const third = await startServer({ dataDir, flags: ['--history', '1'] });
    while ((await get(third.url, '/jobs')).jobs.length > 1);
    await third.stop();
    expect(await contentOf(dir)).toEqual(before);
    const database = openJournalForReading(dataDir);
    expect(checkJournal(database)).toMatchObject({ jobs: { completed: 1 }, problems: [] });
    database.close();
  });

  test('what evald ran or imported is not imported when its job is forgotten, so that no score is there twice', async () => {
    const dir = await temporaryFolder();
    const linked = join(await temporaryFolder(), 'link');
    await symlink(dir, linked);
    const dataDir = join(await temporaryFolder(), 'data');
    const first = await startServer({ dataDir });
    const quick = { model: 'majority', tasks: ['demo_digits'], limit: 2, output_dir: linked };
    const own = Object((await post(first.url, '/evaluate', quick)).json).job_id;
    await endedJob(first.url, own);
    const { results } = await writeLmmsEvalRun(dir);
    const [earlier] = (await importFrom(dir, {}, first)).imported;
    const { scores } = await get(first.url, '/scores');
    expect(scores).toHaveLength(2);
    await first.stop();

    const second = await startServer({ dataDir, flags: ['--history', '0', '--max-completed-jobs', '0'] });
    while ((await get(second.url, '/jobs')).jobs.length > 0);
    const again = await importFrom(dir, {}, second);
    expect(again.imported).toEqual([]);
    expect(again.skipped).toHaveLength(2);
    expect(again.skipped).toContainEqual({
      file: results,
      reason: `it was imported before as job ${earlier?.job_id}`,
    });
    expect(again.skipped).toContainEqual({
      file: expect.any(String),
      reason: `it is of job ${own}, which this server runs or has run`,
    });
    expect((await get(second.url, '/scores')).scores).toEqual(scores);
    // What is in it now is another run.
    await writeFile(results, `${await readFile(results, 'utf8')}\n`);
    expect((await importFrom(dir, {}, second)).imported).toMatchObject([{ file: results }]);
    await second.stop();
  });

  test.each([crashPoints[0], crashPoints[1]])(
    'a server that is killed %s, of an import: what was imported is whole, nothing is there twice, and the rest is imported when it is asked again',
    async (crashAt) => {
      const dir = await temporaryFolder();
      for (const stamp of ['20260101_000000', '20260102_000000', '20260103_000000'])
        await writeLmmsEvalRun(dir, { stamp });
      const dataDir = join(await temporaryFolder(), 'data');
      const crashing = await startServer({ dataDir, crashAt });
      await expect(post(crashing.url, '/imports', { dir })).rejects.toThrow();
      const next = await startServer({ dataDir });
      const { jobs } = await get(next.url, '/jobs');
      expect(jobs).toMatchObject([{ status: 'completed', imported: expect.any(String) }]);
      expect(await get(next.url, '/queue')).toMatchObject({ queue_size: 0, running_jobs: [], completed_jobs: 1 });
      const { imported, skipped } = await importFrom(dir, {}, next);
      expect([imported.length, skipped.map(({ reason }) => reason)]).toEqual([
        2,
        [`it was imported before as job ${jobs[0].job_id}`],
      ]);
      await next.stop();
      const database = openJournalForReading(dataDir);
      expect(checkJournal(database)).toMatchObject({ jobs: { completed: 3 }, problems: [] });
      database.close();
    },
  );
});
