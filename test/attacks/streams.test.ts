import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { jobWhen } from '../support/jobs/jobs.ts';
import { openRaw, type RawConnection, statusesIn } from '../support/requests/rawRequest.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** Of which one client may have half. */
const MOST = 8;

let server: TestServer;
let running: string;
beforeAll(async () => {
  server = await startServer({ flags: ['--max-streams', String(MOST)] });
  running = await submit(server.url, { model: 'majority', tasks: ['demo_digits'], model_args: { delay: 3600 } });
  await jobWhen(server.url, running, ({ progress }) => progress !== null);
});
afterAll(() => server.stop());

/** Holds an answer open. */
function hold(path: string, localAddress: string): RawConnection {
  const connection = openRaw(server.url, localAddress);
  connection.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  onTestFinished(() => {
    connection.socket.destroy();
  });
  return connection;
}

/** The first status that comes; undefined as long as none does, as of what waits. */
const statusOf = ({ received }: RawConnection) => statusesIn(received())[0];

test.each([
  ['/events', 200],
  ['/jobs/{job_id}/events', 200],
  ['/jobs/{job_id}/log?follow=1', 200],
  ['/machines/live/events', 200],
  ['/jobs/{job_id}?wait=300', undefined],
])(
  'one client that opens as many %s as it can gets half; others get theirs, and all else is answered',
  async (template, open) => {
    const path = template.replace('{job_id}', running);
    const greedy = Array.from({ length: 40 }, () => hold(path, '127.0.0.1'));
    await eventually(() => greedy.filter((one) => statusOf(one) === 503).length >= 40 - MOST / 2);
    await eventually(() => greedy.filter((one) => statusOf(one) === open).length === MOST / 2);
    const refused = greedy.find((one) => statusOf(one) === 503);
    await eventually(() => refused?.received().includes('of yours are open'));
    expect(refused?.received()).toContain('retry-after: 10');

    // No other kind is open to it either; whatever needs no place is.
    expect(await send(`${server.url}/events`, { method: 'GET' })).toMatchObject({ status: 503 });
    expect(await send(`${server.url}/jobs/${running}`, { method: 'GET' })).toMatchObject({ status: 200 });
    const other = hold('/events', '127.0.0.2');
    await eventually(() => statusOf(other) === 200);

    for (const { socket } of [...greedy, other]) socket.destroy();
    const again = async () => {
      const one = hold('/events', '127.0.0.1');
      await eventually(() => statusOf(one) !== undefined);
      one.socket.destroy();
      return statusOf(one) === 200;
    };
    await eventually(again);
  },
);

test('two greedy clients leave no stream for others, and all streams together are bounded', async () => {
  const greedy = ['127.0.0.1', '127.0.0.2', '127.0.0.3'].flatMap((from) =>
    Array.from({ length: 20 }, () => hold('/events', from)),
  );
  await eventually(() => greedy.every((one) => statusOf(one) !== undefined));
  expect(greedy.filter((one) => statusOf(one) === 200)).toHaveLength(MOST);
  expect(await send(`${server.url}/health`, { method: 'GET' })).toMatchObject({ status: 200 });
  for (const { socket } of greedy) socket.destroy();
});
