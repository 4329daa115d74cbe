import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobInfo } from '../../src/projections/job.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { newRecord } from '../../src/schemas/job/jobRecord.ts';
import { messageOf } from '../../src/webhooks/message.ts';
import {
  postJob,
  readForwarded,
  runForwarder,
  SECRET,
  sinks,
  startForwarder,
  written,
} from '../support/forward/forwarder.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { describeWith, forward } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

type Scores = Record<string, Record<string, { value: unknown; stderr?: unknown; n?: unknown }>>;

const score = { stderr: null, n: null };

/** A completed job as it is posted. */
function completed(jobId: string, labels: JobInfo['labels'], scores: Scores = { task: { acc: { value: 0.5 } } }) {
  const metrics = Object.fromEntries(
    Object.entries(scores).map(([task, row]) => [
      task,
      Object.fromEntries(Object.entries(row).map(([metric, own]) => [metric, { ...score, ...own }])),
    ]),
  );
  const completed_at = '2026-11-24T02:06:04.123+00:00';
  return { ...jobInfo(newRecord(newJob(jobId))), status: 'completed', completed_at, labels, metrics } as JobInfo;
}

const job = completed('j', { run: 'r7', step: 1 });
const steps = (found: Record<string, Record<string, unknown>>) => Object.keys(found).toSorted();

describeWith(forward, 'posts to a receiver', () => {
  test('a post that is not signed with the secret, changed after it was signed, or signed six minutes ago is refused, and nothing of it is written', async () => {
    const dir = await temporaryFolder();
    const { url, log } = await startForwarder('tensorboard', { dir });
    const { headers, body } = messageOf(
      job,
      { number: 1, jobId: 'j' },
      { version: '1.2.3', secret: SECRET },
      Date.now(),
    );
    const post = async (changed: Record<string, string | undefined>, text = body) => {
      const own = Object.entries({ ...headers, ...changed }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return (await fetch(url, { method: 'POST', headers: own, body: text })).status;
    };
    expect(await postJob(url, job, 'another secret')).toBe(403);
    expect(await postJob(url, job, SECRET, Date.now() - 360_000)).toBe(403);
    expect(await postJob(url, job, SECRET, Date.now() + 360_000)).toBe(403);
    expect(await post({}, `${body} `)).toBe(403);
    expect(await post({ 'Webhook-Id': 'j-2' })).toBe(403);
    expect(await post({ 'Webhook-Signature': undefined })).toBe(403);
    expect(await post({ 'Webhook-Signature': 'v1,' })).toBe(403);
    expect(await post({ 'Webhook-Timestamp': 'now' })).toBe(403);
    expect(await written('tensorboard', dir)).toEqual([]);
    expect(log()).toContain('403: not signed with the secret of EVALD_WEBHOOK_SECRET within the last 300 seconds');
    // Several signatures are there while a secret is changed for another one.
    expect(await post({ 'Webhook-Signature': `v1,AAAA ${headers['Webhook-Signature']}` })).toBe(204);
    expect(await written('tensorboard', dir)).toEqual(['j']);
  });

  test('a secret in the form of Standard Webhooks is the key as it is', async () => {
    const secret = `whsec_${Buffer.from('twenty-four bytes or more').toString('base64').replace(/=+$/, '')}`;
    const { url } = await startForwarder('tensorboard', { dir: await temporaryFolder(), secret });
    expect(await postJob(url, job, secret)).toBe(204);
    expect(await postJob(url, job, secret.slice('whsec_'.length))).toBe(403);
  });

  test('what is no job is refused with its status, and the receiver takes the next one', async () => {
    const dir = await temporaryFolder();
    const { url, log } = await startForwarder('tensorboard', { dir, secret: null });
    const post = async (body: string, type = 'application/json') =>
      (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).status;
    for (const body of ['', '{', '[]', '{}', 'null', '[[['.repeat(100_000), '{"labels": 1}', '\u{0}']) {
      expect([body.slice(0, 9), await post(body)]).toEqual([body.slice(0, 9), 400]);
    }
    // A page in a browser may post this one to loopback.
    expect(await post(JSON.stringify(job), 'text/plain')).toBe(415);
    expect(await post(' '.repeat(16 * 1024 * 1024 + 1)).catch(() => 413)).toBe(413);
    expect((await fetch(url)).status).toBe(501);
    expect(await postJob(url, job)).toBe(204);
    expect(await written('tensorboard', dir)).toEqual(['j']);
    expect(log()).toContain('EVALD_WEBHOOK_SECRET is not set');
  });

  test.each(sinks)(
    'a filter is a part of the name of a series in %s, odd names become ones that it takes, and what is not finite is left out and said',
    async (sink) => {
      const dir = await temporaryFolder();
      const { url, log } = await startForwarder(sink, { dir });
      const long = 'x'.repeat(400);
      const scores: Scores = {
        gsm8k: {
          'exact_match,strict-match': { value: 0.25, stderr: 0.5, n: 4 },
          'exact_match,flexible-extract': { value: 0.5, stderr: null, n: 4 },
          'f1,none_of_both': { value: null, stderr: 0.5, n: 4 },
        },
        '../täsk: "1"//..': { [long]: { value: 1 }, acc: { value: JSON.rawJSON('1e999') } },
        collision: { 'a:b': { value: 0.125 }, 'a b': { value: 0.75 } },
      };
      expect(await postJob(url, completed('j', { run: 'r7', step: 12 }, scores))).toBe(204);
      const { r7 = {} } = readForwarded(sink, dir);
      const [prefix, odd] = [
        sink === 'wandb' ? 'evald/' : '',
        Object.keys(r7).find((name) => name.includes('xxx')) ?? '',
      ];
      const { [odd]: oddPoints, ...others } = r7;
      expect(odd).toMatch(new RegExp(`^${prefix}_\\.\\./t_sk__*1_/_/_\\.\\./x{100,}_[0-9a-f]{16}$`));
      expect(oddPoints).toEqual([[12, 1]]);
      const wanted = {
        'gsm8k/exact_match/strict-match': 0.25,
        'gsm8k/exact_match_stderr/strict-match': 0.5,
        'gsm8k/exact_match_n/strict-match': 4,
        'gsm8k/exact_match/flexible-extract': 0.5,
        'gsm8k/exact_match_n/flexible-extract': 4,
        'collision/a_b': 0.125,
      };
      expect(others).toEqual(
        Object.fromEntries(Object.entries(wanted).map(([name, value]) => [prefix + name, [[12, value]]])),
      );
      expect(log()).toMatch(
        /job j: without gsm8k\/f1\/none_of_both, \S+\/acc, collision\/a_b: not finite, or of the name of another one/,
      );
    },
  );

  test.each(sinks)(
    'a run of %s is that of the label `run`, else that of the model, and two runs of names that look alike stay two',
    async (sink) => {
      const dir = await temporaryFolder();
      const { url } = await startForwarder(sink, { dir });
      const runs: JobInfo['labels'][] = [
        { run: 'a/b' },
        { run: 'a b' },
        { run: "it's" },
        { run: 7 },
        {},
        { run: 'a/b' },
      ];
      for (const [index, labels] of runs.entries()) {
        expect(await postJob(url, completed(`j${index}`, { ...labels, step: index }))).toBe(204);
      }
      const found = readForwarded(sink, dir);
      const name = sink === 'wandb' ? 'evald/task/acc' : 'task/acc';
      const points = Object.values(found).map((series) => series[name]?.map(([step]) => step).toSorted());
      expect(points.toSorted()).toEqual([[0, 5], [1], [2], [3], [4]]);
      const model = job.request.model;
      if (sink !== 'tensorboard') expect(steps(found)).toEqual(['7', 'a b', 'a/b', "it's", model].toSorted());
      else expect(steps(found).filter((run) => !/-[0-9a-f]{16}$/.test(run))).toEqual(['7', model].toSorted());
    },
  );

  test.each([
    ['mlflow', undefined],
    ['mlflow', 'last'],
    ['mlflow', 1.5],
    ['tensorboard', undefined],
    ['tensorboard', 'NaN'],
    ['tensorboard', '1_000'],
  ] as const)('%s is not given a job whose label `step` is %j: the log says why', async (sink, step) => {
    const dir = await temporaryFolder();
    const { url, log } = await startForwarder(sink, { dir });
    const labels: JobInfo['labels'] = { run: 'r7', ...(step !== undefined && { step }) };
    expect(await postJob(url, completed('j', labels))).toBe(204);
    expect(await written(sink, dir)).toEqual([]);
    expect(log()).toMatch(/job j is not forwarded: its? (has no )?label `step`/);
  });

  test('a job without a step is in the summary of its run in wandb, and one at half a step is a point', async () => {
    const dir = await temporaryFolder();
    const { url } = await startForwarder('wandb', { dir });
    expect(await postJob(url, completed('one', { run: 'without' }))).toBe(204);
    expect(await postJob(url, completed('two', { run: 'half', step: ' 1.5e0 ' }))).toBe(204);
    expect(readForwarded('wandb', dir)).toEqual({
      without: { 'evald/task/acc': [[null, 0.5]] },
      half: { 'evald/task/acc': [[1.5, 0.5]] },
    });
  });

  test.each(sinks)('a job that is posted to a receiver of %s many times at once is written once', async (sink) => {
    const dir = await temporaryFolder();
    const { url } = await startForwarder(sink, { dir });
    const posts = Array.from({ length: 10 }, (_, index) =>
      postJob(url, completed(`j${index % 2}`, { run: 'r7', step: index % 2 })),
    );
    expect(new Set(await Promise.all(posts))).toEqual(new Set([204]));
    const points = Object.values(readForwarded(sink, dir)['r7'] ?? {}).map((series) => series.length);
    expect(points).toEqual([2]);
  });
});

describeWith(forward, 'the command of a receiver', () => {
  test('a package that is missing is named with the command that installs it', async () => {
    for (const sink of sinks) {
      // -S: without the packages of the environment.
      const { code, said } = await runForwarder(['--forward', sink, '--dir', await temporaryFolder()], {}, ['-S']);
      expect([code, said]).toEqual([2, expect.stringContaining(`pip install ${sink}`)]);
      expect(said).not.toContain('Traceback');
    }
  });

  test('a second receiver of one folder is refused, and the first goes on', async () => {
    const dir = await temporaryFolder();
    const first = await startForwarder('tensorboard', { dir });
    const { code, said } = await runForwarder(['--forward', 'tensorboard', '--port', '0', '--dir', dir]);
    expect([code, said]).toEqual([2, expect.stringContaining('give this one a --dir of its own')]);
    expect(await postJob(first.url, job)).toBe(204);
    expect(await first.stop()).toBe(0);
  });

  test.each([
    ['an address of others without a secret', ['--host', '0.0.0.0'], {}, '--host 0.0.0.0 needs EVALD_WEBHOOK_SECRET'],
    ['an empty secret', [], { EVALD_WEBHOOK_SECRET: ' ' }, 'the secret in EVALD_WEBHOOK_SECRET is empty'],
    [
      'a server of TensorBoard',
      ['--server', 'http://127.0.0.1:1'],
      {},
      '--server and --project are of wandb and mlflow',
    ],
    ['a project of TensorBoard', ['--project', 'p'], {}, '--server and --project are of wandb and mlflow'],
    ['a port that is none', ['--port', '70000'], {}, 'port must be 0-65535'],
  ])('%s is refused in one line', async (_what, flags, env, line) => {
    const dir = join(await temporaryFolder(), 'own');
    await mkdir(dir);
    const { code, said } = await runForwarder(['--forward', 'tensorboard', '--dir', dir, ...flags], env);
    expect([code, said]).toEqual([2, expect.stringContaining(line)]);
    expect(said).not.toContain('Traceback');
  });

  test('--help says every option, what it is without one, and the variable of the secret', async () => {
    const { code, said } = await runForwarder(['--help']);
    expect(code).toBe(0);
    for (const option of ['--forward', '--port', '--host', '--server', '--project', '--dir'])
      expect(said).toContain(option);
    expect(said).toContain('EVALD_WEBHOOK_SECRET');
  });
});
