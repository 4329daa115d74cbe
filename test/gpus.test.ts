import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { liveAnswerSchema } from '../src/schemas/server/machines.ts';
import { getJob, submit } from './support/jobs/client.ts';
import { endedJob, jobWhen } from './support/jobs/jobs.ts';
import { healthOf } from './support/requests/health.ts';
import { send } from './support/requests/send.ts';
import { eventsIn, lockingRuns } from './support/runs/lockingRuns.ts';
import { seeded } from './support/seeded.ts';
import { eventually } from './support/waiting/eventually.ts';

const post = (url: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });

describe('a server with --gpus', () => {
  test('200 jobs of 1 to 4 of 8 devices never share a device, start in strict order, and none starves', async (context) => {
    const names = ['0', '1', '2', '3', '4', '5', 'GPU-6', 'MIG-7'];
    const { start, request, notes, locked, dataDir } = await lockingRuns(context);
    const { url } = await start(['--gpus', names.join(','), '--backfill', 'false']);
    await post(`${url}/queue/pause`);
    const random = seeded(7);
    const jobs: { jobId: string; tag: string; gpus: number }[] = [];
    for (let number = 0; number < 200; number++) {
      const gpus = 1 + Math.floor(random() * 4);
      // Every fifth leaves a process behind, which has its devices for a while longer.
      const tag = number % 5 === 0 ? `leave-${number}` : `${number}`;
      jobs.push({ jobId: await submit(url, request(tag, gpus)), tag, gpus });
    }
    await post(`${url}/queue/resume`);
    for (const { jobId } of jobs) expect(await endedJob(url, jobId)).toMatchObject({ status: 'completed' });

    // By what the runs saw: each had as many as it asked for, and none found one locked.
    const seen = new Map((await notes()).map((line) => [line.split(' ')[0], line.split(' ')[1]?.split(',')]));
    expect((await notes()).filter((line) => line.startsWith('twice'))).toEqual([]);
    expect(await locked()).toEqual([]);
    for (const { tag, gpus } of jobs) {
      const devices = seen.get(`tag=${tag}`) ?? [];
      expect(new Set(devices).size, tag).toBe(gpus);
      expect(names, tag).toEqual(expect.arrayContaining(devices));
    }
    // By what the journal says: in the order of arrival, and each device is one job's.
    const events = eventsIn(dataDir);
    const starts = events.filter(({ type }) => type === 'started');
    expect(starts.map(({ jobId }) => jobId)).toEqual(jobs.map(({ jobId }) => jobId));
    const held = new Map<string, string>();
    let most = 0;
    for (const { jobId, type, devices } of events) {
      if (type === 'completed') for (const [name, owner] of [...held]) if (owner === jobId) held.delete(name);
      for (const name of devices) {
        expect(held.get(name), `${name} for ${jobId}`).toBeUndefined();
        held.set(name, jobId);
      }
      most = Math.max(most, held.size);
    }
    expect(most).toBe(8);
  });

  test('a server with --gpus shows whose each device is; a job that needs many waits at the head, and none overtakes it', async (context) => {
    const { start, request, hold, release, notes } = await lockingRuns(context);
    await hold();
    const { url } = await start(['--gpus', '0,1,2']);
    const first = await submit(url, request('first', 2));
    await eventually(async () => (await notes()).length === 1);
    const [wide, narrow] = [await submit(url, request('wide', 3)), await submit(url, request('narrow', 1))];
    const engine = { name: 'local', reachable: true, devices: [] as unknown[] };
    engine.devices = [
      { name: '0', job_id: first, job_ids: [first] },
      { name: '1', job_id: first, job_ids: [first] },
      { name: '2', job_id: null, job_ids: [] },
    ];
    expect(await healthOf(url)).toMatchObject({ status: 'healthy', slots: 3, engine });
    const live = liveAnswerSchema.parse(await (await fetch(`${url}/machines/live`)).json());
    expect(live).toMatchObject({ engine, jobs: { running: 1, queued: 2 } });
    expect(await getJob(url, narrow)).toMatchObject({ status: 'queued', position_in_queue: 1 });
    await release();
    for (const jobId of [first, wide, narrow]) await endedJob(url, jobId);
    expect((await notes()).map((line) => line.split(' ')[0])).toEqual(['tag=first', 'tag=wide', 'tag=narrow']);
  });

  test('a server with --gpus shows on what a job runs: this machine, the pid of its launcher', async (context) => {
    const { start, request, hold, release, notes } = await lockingRuns(context);
    await hold();
    const { url } = await start(['--gpus', '0']);
    const jobId = await submit(url, request('a', 1));
    await eventually(async () => (await notes()).length === 1);
    const { backend } = await jobWhen(url, jobId, (job) => job.backend?.state === 'running');
    expect(backend).toEqual({ name: 'local', id: expect.stringMatching(/^\d+$/), node: hostname(), state: 'running' });
    await release();
    expect((await endedJob(url, jobId)).backend).toEqual({ ...backend, state: null });
  });

  test('a server with --gpus refuses a job that asks for more than there are, and says how many there are', async (context) => {
    const { start, request } = await lockingRuns(context);
    const { url } = await start(['--gpus', '0,1']);
    const answer = await send(`${url}/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request('wide', 3)),
    });
    expect(answer).toMatchObject({ status: 422 });
    const msg = '`num_gpus` should be at most 2: this server has 2 (--gpus)';
    expect(answer.json).toEqual({ detail: [{ type: 'value_error', loc: ['body', 'num_gpus'], msg, input: 3 }] });
    expect(await healthOf(url)).toMatchObject({ queue_size: 0, running_jobs: 0 });
  });

  test('a server with --gpus refuses arguments for an engine: there is none', async (context) => {
    const { start, request } = await lockingRuns(context);
    const { url } = await start(['--gpus', '0']);
    const submitted = submit(url, { ...request('a', 1), engine_args: '--partition=long' });
    await expect(submitted).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('`engine_args` cannot be used: the backend local takes no words'),
    });
  });

  test('a job that waits since there were more devices fails, instead of letting all others wait behind it', async (context) => {
    const { start, request } = await lockingRuns(context);
    const before = await start(['--gpus', '0,1,2,3']);
    await post(`${before.url}/queue/pause`);
    const [wide, narrow] = [
      await submit(before.url, request('wide', 4)),
      await submit(before.url, request('narrow', 1)),
    ];
    await before.stop();
    const { url } = await start(['--gpus', '0']);
    await post(`${url}/queue/resume`);
    expect(await endedJob(url, wide)).toMatchObject({
      failure_kind: 'launch',
      error: expect.stringContaining('it asks for 4 GPUs (num_gpus), and this server has fewer to give (--gpus)'),
    });
    expect(await endedJob(url, narrow)).toMatchObject({ status: 'completed' });
  });

  test('the devices of a run that continues without its server are given to no other, also under another --gpus', async (context) => {
    const { start, request, hold, release, notes, dataDir } = await lockingRuns(context);
    await hold();
    const first = await start(['--gpus', '0,1,2']);
    const running = await submit(first.url, request('running', 2));
    await eventually(async () => (await notes()).length === 1);
    await first.kill();
    const { url } = await start(['--gpus', '2,1,0']);
    const next = [await submit(url, request('one', 1)), await submit(url, request('two', 2))];
    await eventually(async () => (await notes()).length === 2);
    expect((await healthOf(url)).engine.devices).toEqual([
      { name: '2', job_id: next[0], job_ids: [next[0]] },
      { name: '1', job_id: running, job_ids: [running] },
      { name: '0', job_id: running, job_ids: [running] },
    ]);
    await release();
    for (const jobId of [running, ...next]) expect(await endedJob(url, jobId)).toMatchObject({ status: 'completed' });
    expect((await notes()).filter((line) => line.startsWith('twice'))).toEqual([]);
    const given = eventsIn(dataDir)
      .filter(({ type }) => type === 'started')
      .map(({ devices }) => devices);
    expect(given.slice(0, 2)).toEqual([['0', '1'], ['2']]);
    // Whichever of the two before it ended first, it has two in the order of --gpus.
    expect([
      ['2', '1'],
      ['1', '0'],
      ['2', '0'],
    ]).toContainEqual(given[2]);
  });

  test.for([
    'after the commit of a start, before it is applied',
    'before the launch',
    'after the launch, before the handle is written',
  ] as const)(
    'a server with --gpus that is killed %s: the run has its device, and no other run has',
    async (crashAt, context) => {
      const { start, request, hold, release, notes } = await lockingRuns(context);
      await hold();
      const crashing = await start(['--gpus', '0,1'], crashAt);
      const crashed = once(crashing.process, 'exit');
      await submit(crashing.url, request('only', 1)).catch(() => {});
      await crashed;
      const { url } = await start(['--gpus', '0,1']);
      const next = await submit(url, request('next', 1));
      await eventually(async () => (await notes()).length === 2);
      await release();
      await endedJob(url, next);
      expect((await notes()).toSorted()).toEqual(['tag=next 1', 'tag=only 0']);
    },
  );
});
