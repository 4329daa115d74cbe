import { expect, test } from 'vitest';
import { jobEventSchema } from '../../../src/schemas/job/jobEvent.ts';
import { jobListSchema } from '../../../src/schemas/job/jobList.ts';
import { getJob, submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { dataOf, openEvents } from '../../support/requests/eventStream.ts';
import { send } from '../../support/requests/send.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { startServer } from '../../support/server/server.ts';
import { tokensFile } from '../../support/server/tokens.ts';
import { eventually } from '../../support/waiting/eventually.ts';

test('a submitter cancels and stops its own jobs, an admin those of all; each change has its name, after a restart too', async (context) => {
  const counted = await countedRuns(context);
  const tokens = await tokensFile(context, { alice: 'submit', bob: 'submit', root: 'admin', eve: 'read' });
  await counted.hold();
  const flags = ['--tokens', tokens.file, '--grace', '0.2'];
  const before = await counted.start({ flags });
  const act = (who: string, method: string, path: string) =>
    send(before.url + path, { method, headers: tokens.bearer(who) });
  const add = (who: string, tag: string) => submit(before.url, counted.request(tag), tokens.bearer(who));
  const shown = tokens.bearer('eve');

  const running = await add('alice', 'a');
  const [first, second, third] = [await add('alice', 'b'), await add('alice', 'c'), await add('bob', 'd')];
  await jobWhen(before.url, running, ({ log }) => log !== null, shown);

  const others: [string, string, string][] = [
    ['DELETE', `/jobs/${first}`, 'cancel it'],
    ['POST', `/jobs/${running}/stop`, 'stop it'],
  ];
  for (const [method, path, what] of others) {
    const { status, json } = await act('bob', method, path);
    const jobId = path.split('/')[2];
    const detail = `Job ${jobId} was submitted by alice: to ${what} it takes the role admin, and bob has submit`;
    expect({ status, json }).toEqual({ status: 403, json: { detail } });
  }
  const prioritise = (who: string, jobId: string) =>
    send(`${before.url}/jobs/${jobId}`, {
      method: 'PATCH',
      headers: { ...tokens.bearer(who), 'content-type': 'application/json' },
      body: '{"priority": 3}',
    });
  expect(await prioritise('bob', second)).toMatchObject({
    status: 403,
    json: { detail: expect.stringContaining('to change its priority it takes the role admin') },
  });
  expect((await prioritise('eve', second)).status).toBe(403);
  expect(await prioritise('alice', second)).toMatchObject({
    status: 200,
    json: { job_id: second, priority: 3, position_in_queue: 0 },
  });
  expect(await prioritise('root', running)).toMatchObject({ status: 409 });
  expect(await getJob(before.url, first, shown)).toMatchObject({ status: 'queued', submitted_by: 'alice' });
  expect((await act('bob', 'DELETE', '/jobs/nobody')).status).toBe(404);

  expect((await act('alice', 'DELETE', `/jobs/${first}`)).status).toBe(200);
  expect((await act('root', 'DELETE', `/jobs/${second}`)).status).toBe(200);
  expect((await act('root', 'POST', `/jobs/${running}/stop`)).status).toBe(202);
  expect(await endedJob(before.url, running, shown)).toMatchObject({
    failure_kind: 'stopped',
    error: expect.stringMatching(/^Evaluation was stopped on request of root\.\n/),
    submitted_by: 'alice',
  });
  const retried = await act('bob', 'POST', `/jobs/${running}/retry`);
  expect(retried.status).toBe(200);
  const retry = (retried.json as { job_id: string }).job_id;
  expect(await getJob(before.url, retry, shown)).toMatchObject({ submitted_by: 'bob', retry_of: running });
  expect((await act('bob', 'DELETE', `/jobs/${retry}`)).status).toBe(200);
  for (const words of [
    `job ${running} submitted by alice: model`,
    `job ${first} cancelled by alice`,
    `job ${second} cancelled by root`,
    `job ${running} failed: stopped by root`,
    `job ${retry} submitted by bob`,
  ]) {
    await eventually(() => before.log().includes(words));
  }
  await before.kill();

  const after = await counted.start({ flags });
  const stream = await openEvents(`${after.url}/events?after=0`, shown);
  const told = await eventually(() => {
    const events = dataOf(stream.received).map(({ data }) => jobEventSchema.parse(data));
    return events.some(({ job_id, type }) => job_id === retry && type === 'cancelled') && events;
  });
  stream.close();
  const who = Object.fromEntries(told.map(({ job_id, type, who }) => [`${job_id} ${type}`, who]));
  expect(who).toMatchObject({
    [`${running} submitted`]: 'alice',
    [`${running} started`]: null,
    [`${running} failed`]: 'root',
    [`${first} submitted`]: 'alice',
    [`${first} cancelled`]: 'alice',
    [`${second} cancelled`]: 'root',
    [`${third} submitted`]: 'bob',
    [`${retry} submitted`]: 'bob',
    [`${retry} cancelled`]: 'bob',
  });
  const listed = await fetch(`${after.url}/jobs?submitted_by=bob`, { headers: shown });
  expect(jobListSchema.parse(await listed.json()).jobs.map(({ job_id }) => job_id)).toEqual([retry, third]);
  await counted.release();
});

test('jobs of a time without tokens are an admin’s', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const before = await counted.start();
  await submit(before.url, counted.request('a'));
  const [old, older] = [await submit(before.url, counted.request('b')), await submit(before.url, counted.request('c'))];
  expect((await getJob(before.url, old)).submitted_by).toBeNull();
  await before.kill();
  const tokens = await tokensFile(context, { alice: 'submit' });
  const operator = 'the token of the operator'.replaceAll(' ', '-');
  const after = await startServer({
    ...counted.options,
    flags: [...(counted.options.flags ?? []), '--tokens', tokens.file],
    env: { ...counted.options.env, EVALD_TOKEN: operator },
  });
  context.onTestFinished(async () => void (await after.stop()));
  const cancel = (jobId: string, headers: { [name: string]: string }) =>
    send(`${after.url}/jobs/${jobId}`, { method: 'DELETE', headers });
  expect(await cancel(old, tokens.bearer('alice'))).toMatchObject({
    status: 403,
    json: { detail: expect.stringContaining('was submitted by no one that is known') },
  });
  expect((await cancel(old, { authorization: `Bearer ${operator}` })).status).toBe(200);
  expect((await cancel(older, { authorization: `Bearer ${operator}` })).status).toBe(200);
  await eventually(() => after.log().includes(`job ${old} cancelled by operator`));
  await counted.release();
});

test('an Idempotency-Key is its caller’s own: another caller with the same key gets a job of its own', async (context) => {
  const tokens = await tokensFile(context, { alice: 'submit', bob: 'submit' });
  const server = await startServer({ flags: ['--tokens', tokens.file] });
  context.onTestFinished(async () => void (await server.stop()));
  const request = { model: 'majority', tasks: ['demo_digits'], limit: 1 };
  const add = (who: string, body: object) =>
    submit(server.url, body, { ...tokens.bearer(who), 'idempotency-key': 'step-12000' });
  const [ofAlice, ofBob] = [await add('alice', request), await add('bob', request)];
  expect(ofBob).not.toBe(ofAlice);
  expect(await add('alice', request)).toBe(ofAlice);
  expect(await add('bob', request)).toBe(ofBob);
  await expect(add('bob', { ...request, limit: 2 })).rejects.toMatchObject({ fault: { code: 'refused', status: 409 } });
  // Both at once: the second waits for the first one's commit only when the key is the same caller's.
  const both = await Promise.all(
    ['alice', 'bob', 'alice', 'bob'].map((who) =>
      submit(server.url, request, { ...tokens.bearer(who), 'idempotency-key': 'at-once' }),
    ),
  );
  expect(both[2]).toBe(both[0]);
  expect(both[3]).toBe(both[1]);
  expect(both[1]).not.toBe(both[0]);
});

test('without tokens no caller has a name', async (context) => {
  const server = await startServer();
  context.onTestFinished(async () => void (await server.stop()));
  const jobId = await submit(server.url, { model: 'majority', tasks: ['demo_digits'], limit: 1 });
  expect(await getJob(server.url, jobId, { authorization: 'Bearer whatever' })).toMatchObject({ submitted_by: null });
  await eventually(() => server.log().includes(`job ${jobId} submitted: model`));
});
