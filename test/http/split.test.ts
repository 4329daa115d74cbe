import { readdir } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { commandServers } from '../support/harnesses/commandServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';

const three = { tasks: ['letters', 'digits', 'words'], split: true };

const statusesOf = ({ parts }: JobInfo) => parts?.map(({ status }) => status);
/** Its program shows how far it is: it has printed that of all its samples before it is held. */
const isPartRunning = (number: number) => (job: JobInfo) =>
  job.parts?.[number - 1]?.status === 'running' && job.progress !== null && job.progress.done === job.progress.total;
const accOf = (job: JobInfo) =>
  Object.fromEntries(
    Object.entries(job.metrics ?? job.partial_metrics ?? {}).map(([task, row]) => [task, row['acc']?.value]),
  );

/** A server of a command of which runs can be held, and a client of it. */
async function serving(context: Parameters<typeof commandServers>[0]) {
  const servers = await commandServers(context);
  const server = await servers.start();
  return { ...servers, server, client: createClient({ server: server.url }) };
}

test('the tasks of a split job run one after the other in runs of their own, with a log each, and what the first has measured is seen while the second runs', async (context) => {
  const { server, client, hold, release, runs, request } = await serving(context);
  await hold('digits');
  const id = await submit(server.url, request('good', three));
  const running = await jobWhen(server.url, id, isPartRunning(2));
  expect(running).toMatchObject({ status: 'running', split: true, metrics: null, partial_metrics: { letters: {} } });
  expect(statusesOf(running)).toEqual(['completed', 'running', 'queued']);
  expect(accOf(running)).toEqual({ letters: 0.75 });
  expect(Object.keys(running.partial_result ?? {})).toHaveLength(1);
  expect(running.log).toBe(running.parts?.[1]?.log);
  expect(await client.queue()).toMatchObject({ queue_size: 0, running_jobs: [id] });
  expect(await client.log(id)).toContain('digits: sample 4/4');
  expect(await client.log(id, { task: 'letters' })).toContain('letters: sample 4/4');
  await expect(client.log(id, { task: 'words' })).rejects.toThrow(/Task words of job .* has no log yet: it is queued/);
  await expect(client.log(id, { task: 'none' })).rejects.toThrow(/has no task none/);

  await release('digits');
  const job = await endedJob(server.url, id);
  expect(job).toMatchObject({ status: 'completed', error: null, partial_metrics: null });
  expect(accOf(job)).toEqual({ letters: 0.75, digits: 0.75, words: 0.75 });
  expect(await runs()).toEqual(['letters', 'digits', 'words']);
  expect(new Set(job.parts?.map(({ log }) => log)).size).toBe(3);
  expect(job.parts?.map(({ log }) => relative(dirname(dirname(job.log ?? '')), dirname(log ?? '')))).toEqual([
    ...['1_letters', '2_digits', '3_words'],
  ]);
  expect(Object.keys(job.result ?? {}).map((name) => name.split('/')[0])).toEqual(['1_letters', '2_digits', '3_words']);
  const times = job.parts?.flatMap(({ started_at: start, completed_at: end }) => [start, end]) ?? [];
  expect(times.toSorted()).toEqual(times);

  const events = [];
  for await (const item of client.events({ job: id, follow: false })) events.push(item);
  expect(events.map(({ type }) => type)).toEqual([
    ...['submitted', 'started', 'launched', 'taskCompleted', 'launched', 'taskCompleted', 'launched', 'taskCompleted'],
    'completed',
  ]);
  expect(events.flatMap((item) => (item.type === 'taskCompleted' ? [item.data] : []))).toEqual(
    three.tasks.map((task, index) => ({ part: index + 1, task, status: 'completed' })),
  );
});

test('results, samples and files of a split job are those of all its parts', async (context) => {
  const { server, client, request } = await serving(context);
  const id = await submit(server.url, request('good', three));
  await endedJob(server.url, id);
  const results = await client.results(id);
  expect(Object.keys(results.metrics)).toEqual(three.tasks);
  expect(Object.keys(results.files)).toHaveLength(3);
  expect(results.harness.name).toBe('command:mine');
  for (const task of three.tasks) {
    const { samples } = await client.samples(id, task);
    expect(samples).toHaveLength(4);
  }
  const { files } = await client.artifacts(id);
  const paths = files.map(({ path }) => path.replace(/eval-.*/, 'eval.log'));
  expect(paths).toEqual(
    three.tasks.flatMap((task, index) =>
      ['eval.log', 'results.json', `samples_${task}.jsonl`].map((name) => `${index + 1}_${task}/${name}`),
    ),
  );
});

test('a task that fails keeps no other from running; the job names it and why, and a retry of what is missing runs it alone', async (context) => {
  const { server, client, runs, request } = await serving(context);
  const tasks = ['letters', 'broken', 'digits'];
  const id = await submit(server.url, request('good', { tasks, split: true }));
  const job = await endedJob(server.url, id);
  expect(statusesOf(job)).toEqual(['completed', 'failed', 'completed']);
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults', metrics: null });
  expect(job.error).toMatch(/^Evaluation of 1 of 3 tasks failed: broken: Evaluation failed with return code 7/);
  expect(job.error).toContain('RuntimeError: this task is broken');
  expect(job.provenance).toMatchObject({ harness: 'command:mine', tasks: { letters: {}, digits: {} } });
  expect(job.parts?.[1]).toMatchObject({ failure_kind: 'exited', error: expect.stringContaining('return code 7') });
  expect(accOf(job)).toEqual({ letters: 0.75, digits: 0.75 });
  expect(await runs()).toEqual(tasks);

  const { job_id: again } = await client.retry(id, { missing: true });
  const retry = await endedJob(server.url, again);
  expect(retry).toMatchObject({
    split: true,
    request: { tasks: ['broken'] },
    status: 'failed',
    failure_kind: 'exited',
  });
  expect((await runs()).slice(3)).toEqual(['broken']);
  expect((await client.results(id)).partial).toBe(true);
});

test('a split job that is stopped keeps what its parts have measured, begins no other, and a retry runs the rest', async (context) => {
  const { server, client, hold, runs, request } = await serving(context);
  await hold('digits');
  const id = await submit(server.url, request('good', three));
  await jobWhen(server.url, id, isPartRunning(2));
  await client.stop(id);
  const job = await endedJob(server.url, id);
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
  expect(statusesOf(job)).toEqual(['completed', 'failed', 'cancelled']);
  expect(accOf(job)).toEqual({ letters: 0.75 });
  expect(await runs()).toEqual(['letters', 'digits']);
  const { job_id: again } = await client.retry(id, { missing: true });
  expect(await client.job(again)).toMatchObject({ split: true, request: { tasks: ['digits', 'words'] } });
  await client.stop(again).catch(() => client.cancel(again));
});

test('a log of a split job that is followed goes on with those of the tasks that come, from anywhere in them, and one of a task ends with it', async (context) => {
  const { server, client, hold, release, request } = await serving(context);
  await hold('letters');
  const id = await submit(server.url, request('good', three));
  await jobWhen(server.url, id, isPartRunning(1));
  const read = async (pieces: AsyncIterable<string>) => (await Array.fromAsync(pieces)).join('');
  const [all, first] = [read(client.followLog(id)), read(client.followLog(id, { task: 'letters' }))];
  await hold('digits');
  await release('letters');
  expect(await first).toMatch(/letters: sample 4\/4/);
  await release('digits');
  const text = await all;
  const places = three.tasks.map((task) => text.indexOf(`${task}: sample 4/4`));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);

  // A reader that comes back has its place in the log of the part that it had come to.
  const events = await fetch(`${server.url}/jobs/${id}/log?follow=1&task=letters`, {
    headers: { accept: 'text/event-stream' },
  });
  expect(await events.text()).toMatch(/event: end/);
  const from = async (position: number) => {
    const headers = { accept: 'text/event-stream', 'last-event-id': String(position) };
    return (await fetch(`${server.url}/jobs/${id}/log?follow=1`, { headers })).text();
  };
  const second = await from(2e12);
  expect(second).not.toContain('letters: sample');
  expect(second).toContain('digits: sample 4/4');
  expect(second).toContain('words: sample 4/4');
  const ids = [...second.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
  expect(ids.map((number) => Math.floor(number / 1e12))).toEqual(expect.arrayContaining([3]));
  const last = ids.at(-1) ?? 0;
  expect(await from(last)).toMatch(/^event: end/);
});

test('each part has a folder of its own in the one that the client named, whatever its task is called', async (context) => {
  const { server, request } = await serving(context);
  const output = await temporaryFolder();
  const odd = `dir/../${'x'.repeat(300)}`;
  const tasks = [odd, 'letters', 'letters'];
  const options = { tasks, split: true, output_dir: output, log_samples: false };
  const job = await endedJob(server.url, await submit(server.url, request('terse', options)));
  expect(job).toMatchObject({ status: 'completed', error: null });
  expect((await readdir(output)).sort()).toEqual([`1_dir_.._${'x'.repeat(73)}`, '2_letters', '3_letters']);
  for (const { log } of job.parts ?? []) expect(dirname(dirname(log ?? ''))).toBe(output);
  expect(Object.values(job.result ?? {}).map(({ results }) => relative(output, results).split('/')[0])).toEqual(
    (await readdir(output)).sort(),
  );
});

test('a split job of the demo has the numbers of one that is not split; with one task it is the same job', async (context) => {
  const server = await startServer();
  context.onTestFinished(async () => void (await server.stop()));
  const client = createClient({ server: server.url });
  const asked = { model: 'majority', tasks: ['demo_digits', 'demo_shapes'], limit: 5 };
  const [whole, split, one] = await Promise.all(
    [asked, { ...asked, split: true }, { ...asked, tasks: ['demo_digits'], split: true }].map(async (request) =>
      endedJob(server.url, await submit(server.url, request)),
    ),
  );
  expect(whole).toMatchObject({ status: 'completed', split: false, parts: null });
  expect(split).toMatchObject({ status: 'completed', split: true, metrics: whole?.metrics, answers: whole?.answers });
  expect(one?.result && Object.keys(one.result)).toEqual(Object.keys(whole?.result ?? {}));
  expect(one?.metrics).toEqual({ demo_digits: whole?.metrics?.['demo_digits'] });
  expect(Object.keys((await client.results(split?.job_id ?? '')).metrics)).toEqual(asked.tasks);
  expect((await client.compare({ a: whole?.job_id ?? '', b: split?.job_id ?? '' })).comparisons).toHaveLength(
    Object.values(whole?.metrics ?? {}).flatMap((row) => Object.keys(row)).length,
  );
});

test('a split job has at most 256 tasks, and a dry run shows its first command', async (context) => {
  const { client, request } = await serving(context);
  const many = Array.from({ length: 257 }, (_, index) => `t${index}`);
  await expect(client.submit(request('good', { tasks: many, split: true }))).rejects.toThrow(
    /`split` takes at most 256 tasks, and these are 257/,
  );
  const dry = await client.dryRun(request('good', three));
  expect(dry.warnings).toContain('this is the first of 3 commands, one a task (split)');
  expect(dry.command?.find((word) => word.startsWith('--tasks='))).toBe('--tasks=letters');
  expect(dry.command?.find((word) => word.startsWith('--output='))).toMatch(/JOB_ID\/1_letters$/);
});
