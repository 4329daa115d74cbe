import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { journalFile } from '../../src/journal/database.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { dataOf, openEvents } from '../support/requests/eventStream.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** The numbers and types of the journal itself, read beside its server. */
function journalOf(dataDir: string): string[] {
  const database = new DatabaseSync(journalFile(dataDir), { readOnly: true });
  const rows = database.prepare('SELECT number, job_id, type FROM events ORDER BY number').all();
  database.close();
  return rows.map((row) => `${row['number']} ${row['job_id']} ${row['type']}`);
}

const lineOf = ({ data }: { data: { number: number; job_id: string; type: string } }) =>
  `${data.number} ${data.job_id} ${data.type}`;

describe.concurrent('the feed of a job', () => {
  test('the feed of a job has its whole life, also while it lasts, and ends with it', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const jobId = await submit(server.url, counted.request('a'));
    const { log } = await jobWhen(server.url, jobId, ({ log }) => log !== null);
    const live = await openEvents(`${server.url}/jobs/${jobId}/events`);
    await submit(server.url, counted.request('another'));
    await eventually(() => dataOf(live.received).length === 3);
    await counted.release();
    const told = dataOf(await live.ended);
    const shared = { job_id: jobId, at: expect.stringMatching(/^\d{4}-.*\+00:00$/), who: null };
    expect(told.map(({ data }) => data)).toEqual([
      { ...shared, number: 1, type: 'submitted', data: { model: 'dummy', tasks: ['t1'] } },
      { ...shared, number: 2, type: 'started', data: {} },
      { ...shared, number: 3, type: 'launched', data: { log } },
      { ...shared, number: expect.any(Number), type: 'completed', data: {} },
    ]);
    for (const { event, id, data } of told) expect([event, id]).toEqual([data.type, data.number]);
    expect(dataOf(await (await openEvents(`${server.url}/jobs/${jobId}/events`)).ended)).toEqual(told);
  });

  test('the feed of a job goes on after the number that the client knows; when there is nothing after it, the answer is 204', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start();
    const jobId = await submit(server.url, counted.request('a'));
    await endedJob(server.url, jobId);
    const url = `${server.url}/jobs/${jobId}/events`;
    const typesAfter = async (query: string, headers = {}) =>
      dataOf(await (await openEvents(url + query, headers)).ended).map(({ event }) => event);
    expect(await typesAfter('?after=2')).toEqual(['launched', 'completed']);
    // A browser comes back to the same URL: what it knows by then goes before what it asked first.
    expect(await typesAfter('?after=0', { 'last-event-id': '3' })).toEqual(['completed']);
    expect(await send(`${url}?after=4`, { method: 'GET' })).toMatchObject({ status: 204, text: '' });
  });

  test('a feed that is not followed ends with what there is, of a job that still runs and of all', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const jobId = await submit(server.url, counted.request('a'));
    await jobWhen(server.url, jobId, ({ log }) => log !== null);
    for (const path of [`/jobs/${jobId}/events?`, '/events?after=0&']) {
      const received = await (await openEvents(`${server.url}${path}follow=false`)).ended;
      const types = received.flatMap(({ event }) => event ?? []);
      expect(types).toEqual(['submitted', 'started', 'launched', 'end']);
    }
    await counted.release();
  });

  test('the feed of a job that is not known is not found', async (context) => {
    const server = await (await countedRuns(context)).start();
    expect(await send(`${server.url}/jobs/nobody/events`, { method: 'GET' })).toMatchObject({
      status: 404,
      json: { detail: 'Job nobody not found' },
    });
  });
});

describe.concurrent('the feed of all jobs', () => {
  test('the feed of all jobs is in the order of the journal, without a gap or a double, under 50 submissions at once', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const live = await openEvents(`${server.url}/events`);
    await Promise.all(Array.from({ length: 50 }, (_, n) => submit(server.url, counted.request(`${n}`))));
    const late = await openEvents(`${server.url}/events?after=0`);
    await eventually(() => dataOf(live.received).length === 52 && dataOf(late.received).length === 52);
    for (const stream of [live, late]) {
      expect(dataOf(stream.received).map(lineOf)).toEqual(journalOf(server.dataDir));
      stream.close();
    }
  });

  test('the feed of all jobs begins now, or after a number; a client cut off before the first event knows its position', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start();
    await endedJob(server.url, await submit(server.url, counted.request('a')));
    const now = await openEvents(`${server.url}/events`);
    await eventually(() => now.received.length === 2);
    expect(now.received.map(({ id }) => id)).toEqual([null, '4']);
    await submit(server.url, counted.request('b'));
    const resumed = await openEvents(`${server.url}/events`, { 'last-event-id': '3' });
    await eventually(() => dataOf(now.received).length === 4 && dataOf(resumed.received).length === 5);
    expect(dataOf(now.received).map(({ id }) => id)).toEqual([5, 6, 7, 8]);
    expect(dataOf(resumed.received).map(({ id }) => id)).toEqual([4, 5, 6, 7, 8]);
    for (const stream of [now, resumed]) stream.close();
  });

  test('the feed of all jobs says which events are no longer kept', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start({ flags: ['--history', '1'] });
    for (const tag of ['a', 'b', 'c']) await endedJob(server.url, await submit(server.url, counted.request(tag)));
    await eventually(() => journalOf(server.dataDir).length === 4);
    const stream = await openEvents(`${server.url}/events?after=2`);
    await eventually(() => dataOf(stream.received).length === 5);
    expect(dataOf(stream.received).map(({ event, id }) => `${id} ${event}`)).toEqual([
      '8 gap',
      '9 submitted',
      '10 started',
      '11 launched',
      '12 completed',
    ]);
    expect(dataOf(stream.received)[0]?.data).toEqual({ from: 3, to: 8 });
    stream.close();
  });

  test('the feed of all jobs refuses a number that cannot be', async (context) => {
    const server = await (await countedRuns(context)).start();
    const cases = [
      ['?after=-1', {}, ['query', 'after']],
      ['?after=one', {}, ['query', 'after']],
      // No event had it: this journal is another one than the client knew.
      ['?after=1', {}, ['query', 'after']],
      ['', { 'last-event-id': 'x' }, ['header', 'last-event-id']],
      ['?after=0', { 'last-event-id': '7' }, ['header', 'last-event-id']],
    ] as const;
    for (const [query, headers, loc] of cases) {
      expect(await send(`${server.url}/events${query}`, { method: 'GET', headers })).toMatchObject({
        status: 422,
        json: { detail: [{ loc, msg: expect.any(String) }] },
      });
    }
  });

  test('the feed of all jobs ends with the server, after the last event, and does not delay it', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start({ flags: ['--grace', '60'] });
    const jobId = await submit(server.url, counted.request('a'));
    await jobWhen(server.url, jobId, ({ log }) => log !== null);
    const streams = [
      await openEvents(`${server.url}/events?after=0`),
      await openEvents(`${server.url}/jobs/${jobId}/events`),
    ];
    await eventually(() => streams.every(({ received }) => dataOf(received).length === 3));
    server.process.kill('SIGTERM');
    await once(server.process, 'exit');
    expect(server.process.exitCode).toBe(0);
    for (const stream of streams) {
      await stream.ended;
      expect(stream.isWhole()).toBe(true);
      expect(dataOf(await stream.ended).at(-1)).toMatchObject({
        event: 'failed',
        data: { data: { kind: 'interrupted' } },
      });
    }
  });
});
