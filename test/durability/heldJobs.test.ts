import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

test('a server that is killed leaves each job that waits as it waits: for a checkpoint, for other jobs, with another priority', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const first = await counted.start({ flags: ['--slots', '2'] });
  const checkpoint = join(counted.folder, 'step-1');
  const withCheckpoint = (tag: string) => ({ ...counted.request(tag), model_args: { tag, pretrained: checkpoint } });
  const running = await submit(first.url, counted.request('running'));
  const late = await submit(first.url, { ...withCheckpoint('late'), ready_file: 'done' });
  const hasty = await submit(first.url, { ...withCheckpoint('hasty'), ready_file: 'never', ready_timeout: 15 });
  const second = await submit(first.url, { ...counted.request('second'), after: [running] });
  const anyhow = await submit(first.url, { ...counted.request('anyhow'), after: [hasty, second], after_any: true });
  const chained = await submit(first.url, { ...counted.request('chained'), after: [hasty] });
  const moved = await send(`${first.url}/jobs/${late}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ priority: 1 }),
  });
  expect(moved.status).toBe(200);
  await eventually(async () => (await counted.runs()).length === 1);
  const waiting = [late, hasty, second, anyhow, chained];
  const shown = async (url: string) =>
    (await Promise.all(waiting.map((id) => getJob(url, id)))).map(({ status, position_in_queue, waiting_for }) => ({
      ...{ status, position_in_queue, waiting_for },
    }));
  const before = await shown(first.url);
  expect(before).toEqual([
    { status: 'queued', position_in_queue: 0, waiting_for: { kind: 'checkpoint', file: join(checkpoint, 'done') } },
    { status: 'queued', position_in_queue: 1, waiting_for: { kind: 'checkpoint', file: join(checkpoint, 'never') } },
    { status: 'queued', position_in_queue: 2, waiting_for: { kind: 'after', job_ids: [running] } },
    { status: 'queued', position_in_queue: 3, waiting_for: { kind: 'after', job_ids: [hasty, second] } },
    { status: 'queued', position_in_queue: 4, waiting_for: { kind: 'after', job_ids: [hasty] } },
  ]);
  await first.kill();

  const next = await counted.start({ flags: ['--slots', '2'] });
  expect(await shown(next.url)).toEqual(before);
  // The limit goes on where it was.
  expect(await endedJob(next.url, hasty)).toMatchObject({ status: 'failed', failure_kind: 'launch' });
  expect(await endedJob(next.url, chained)).toMatchObject({
    status: 'cancelled',
    error: expect.stringContaining(hasty),
  });
  expect(await getJob(next.url, anyhow)).toMatchObject({ waiting_for: { kind: 'after', job_ids: [second] } });
  await mkdir(checkpoint);
  await writeFile(join(checkpoint, 'done'), '');
  await counted.release();
  for (const id of [running, late, second, anyhow])
    expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed' });
  const tags = (await counted.runs()).map((args) => args.split(',')[0]);
  expect(tags.toSorted()).toEqual(['anyhow', 'late', 'running', 'second']);
  expect(tags.indexOf('anyhow')).toBeGreaterThan(tags.indexOf('second'));
});

test('a job whose dependency failed as the server was killed is cancelled by the next server, and what comes after any end of it runs', async (context) => {
  const counted = await countedRuns(context);
  const doomed = { ...counted.request('doomed'), model_args: { pretrained: '/nowhere' }, ready_file: 'done' };
  const first = await counted.start({ crashAt: 'after the commit of a failure, before it is applied' });
  const failing = await submit(first.url, { ...doomed, ready_timeout: 5 });
  const second = await submit(first.url, { ...counted.request('second'), after: [failing] });
  const third = await submit(first.url, { ...counted.request('third'), after: [second] });
  const anyhow = await submit(first.url, { ...counted.request('anyhow'), after: [failing], after_any: true });
  if (first.process.signalCode === null) await once(first.process, 'exit');
  expect(first.process.signalCode).toBe('SIGKILL');

  const next = await counted.start();
  expect(await getJob(next.url, failing)).toMatchObject({ status: 'failed', failure_kind: 'launch' });
  for (const [id, cause] of [
    [second, failing],
    [third, second],
  ] as const) {
    const ended = { status: 'cancelled', error: expect.stringContaining(cause) };
    expect(await endedJob(next.url, id)).toMatchObject(ended);
  }
  expect(await endedJob(next.url, anyhow)).toMatchObject({ status: 'completed' });
  await next.kill();
  const last = await counted.start();
  expect(await getJob(last.url, second)).toMatchObject({
    status: 'cancelled',
    error: expect.stringContaining(failing),
  });
  expect(await counted.runs()).toEqual(['anyhow']);
});

test('a job whose dependency completed as the server was killed is started by the next server', async (context) => {
  const counted = await countedRuns(context);
  const first = await counted.start({ crashAt: 'after the commit of the outcome, before it is applied' });
  await counted.hold();
  const done = await submit(first.url, counted.request('done'));
  const second = await submit(first.url, { ...counted.request('second'), after: [done] });
  await counted.release();
  if (first.process.signalCode === null) await once(first.process, 'exit');
  const next = await counted.start();
  expect(await endedJob(next.url, second)).toMatchObject({ status: 'completed' });
  expect(await counted.runs()).toEqual(['done', 'second']);
});

test('a job whose dependency was interrupted by the stop of a server is cancelled by the next', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const first = await counted.start();
  const running = await submit(first.url, counted.request('running'));
  const second = await submit(first.url, { ...counted.request('second'), after: [running] });
  await eventually(async () => (await counted.runs()).length === 1);
  expect(await first.stop()).toBe(0);
  await counted.release();
  const next = await counted.start();
  expect(await endedJob(next.url, second)).toMatchObject({
    status: 'cancelled',
    error: expect.stringContaining(running),
  });
});
