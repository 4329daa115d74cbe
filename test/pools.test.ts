import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { getJob, submit } from './support/jobs/client.ts';
import { endedJob } from './support/jobs/jobs.ts';
import { healthOf } from './support/requests/health.ts';
import { eventsIn, lockingRuns } from './support/runs/lockingRuns.ts';
import { tokensFile } from './support/server/tokens.ts';
import { eventually } from './support/waiting/eventually.ts';

test('each pool of a server has an order and devices of its own, and a shared one is of several jobs at a time, after a restart too', async (context) => {
  const { start, request, hold, release, notes } = await lockingRuns(context);
  await hold();
  const flags = ['--pool', 'big=0,1', '--pool', 'small=2', '--gpu-sharing', 'small=2'];
  const first = await start(flags);
  const small = (tag: string) => ({ ...request(tag, 1), pool: 'small' });
  const wide = await submit(first.url, request('wide', 2));
  const shared = [await submit(first.url, small('s1')), await submit(first.url, small('s2'))];
  const behind = await submit(first.url, small('s3'));
  const waits = await submit(first.url, request('waits', 1));
  await eventually(async () => (await notes()).filter((line) => !line.startsWith('twice')).length === 3);
  expect(await getJob(first.url, wide)).toMatchObject({ status: 'running', pool: 'big' });
  for (const jobId of [behind, waits])
    expect(await getJob(first.url, jobId)).toMatchObject({
      status: 'queued',
      position_in_queue: 0,
      waiting_for: { kind: 'devices' },
    });
  const owned = [
    { name: '0', job_id: wide, job_ids: [wide], pool: 'big' },
    { name: '1', job_id: wide, job_ids: [wide], pool: 'big' },
    { name: '2', job_id: shared[0], job_ids: shared, pool: 'small' },
  ];
  expect(await healthOf(first.url)).toMatchObject({ slots: 4, engine: { devices: owned } });
  await first.kill();
  const { url } = await start(flags);
  expect((await healthOf(url)).engine.devices).toEqual(owned);
  expect(await getJob(url, behind)).toMatchObject({ status: 'queued', position_in_queue: 0 });
  await release();
  for (const jobId of [wide, ...shared, behind, waits])
    expect(await endedJob(url, jobId)).toMatchObject({ status: 'completed' });
});

test('a submission that names a pool which is not there, or more devices than it has, is refused with those that are', async (context) => {
  const { start, request } = await lockingRuns(context);
  const { url } = await start(['--pool', 'big=0,1', '--pool', 'small=2']);
  const refused = (body: object) => submit(url, body).catch((error) => error.message);
  expect(await refused({ ...request('a', 1), pool: 'huge' })).toContain(
    '`pool` should be the name of a pool of devices: this server has big, small',
  );
  expect(await refused({ ...request('a', 2), pool: 'small' })).toContain(
    '`num_gpus` should be at most 1: pool small has 1 (--pool)',
  );
  expect(await refused({ ...request('a', 1), pool: 'a b' })).toContain(
    '`pool` should be the name of a pool of devices: 1 to 64',
  );
});

test('a job whose time limit lets it end before one that waits for devices could start does not wait for that, and others do', async (context) => {
  const { start, request, hold, release, notes } = await lockingRuns(context);
  await hold();
  const { url } = await start(['--gpus', '0,1', '--grace', '0.1']);
  // What work like that of the next one took: no other job can start before it is as old.
  const before = await submit(url, request('before', 1));
  await setTimeout(4_000);
  await release();
  expect(await endedJob(url, before)).toMatchObject({ status: 'completed' });
  await hold();
  const running = await submit(url, request('running', 1));
  await eventually(async () => (await notes()).length === 2);
  const wide = await submit(url, request('wide', 2));
  const endless = await submit(url, { ...request('endless', 1), num_fewshot: 3 });
  const brief = await submit(url, { ...request('brief', 1), num_fewshot: 3, timeout: 0.5 });
  await eventually(async () => (await getJob(url, brief)).status !== 'queued');
  expect(await getJob(url, wide)).toMatchObject({ status: 'queued', position_in_queue: 0 });
  expect(await getJob(url, endless)).toMatchObject({ status: 'queued', position_in_queue: 1 });
  expect(await endedJob(url, brief)).toMatchObject({ failure_kind: 'timedOut' });
  await release();
  for (const jobId of [running, wide, endless])
    expect(await endedJob(url, jobId)).toMatchObject({ status: 'completed' });
});

test.each([
  [[], 1],
  [['--fair-share', 'false'], 6],
])(
  'a colleague with a token of their own starts next behind a sweep, or last where the operator says first in, first out: %j',
  async (flags, place) => {
    const { start, request, hold, release, notes, dataDir } = await lockingRuns({ onTestFinished });
    await hold();
    const { file, bearer } = await tokensFile({ onTestFinished }, { sweep: 'submit', colleague: 'submit' });
    const { url } = await start(['--tokens', file, ...flags]);
    for (let n = 0; n < 6; n++) await submit(url, request(`s${n}`, 1), bearer('sweep'));
    await eventually(async () => (await notes()).length === 1);
    const own = await submit(url, request('own', 1), bearer('colleague'));
    expect(await getJob(url, own, bearer('colleague'))).toMatchObject({ position_in_queue: place - 1 });
    await release();
    await eventually(async () => (await notes()).filter((line) => line.startsWith('tag=')).length === 7);
    const starts = eventsIn(dataDir).filter(({ type }) => type === 'started');
    expect(starts.map(({ jobId }) => jobId).indexOf(own)).toBe(place);
  },
);
