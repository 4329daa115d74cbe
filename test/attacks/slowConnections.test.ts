import { readdir, readlink } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { memoryOf } from '../support/measuring/memory.ts';
import { openRaw, type RawConnection, statusesIn } from '../support/requests/rawRequest.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const CONNECTIONS = 10_000;
const BATCH = 500;
/** A request that is begun, and never ends. */
const begun = 'GET /queue HTTP/1.1\r\nHost: localhost\r\nX-Slow: ';

async function started(...flags: string[]): Promise<TestServer> {
  const server = await startServer({ flags });
  onTestFinished(() => server.stop().then(() => {}));
  return server;
}

/** Asks from another address of this machine. */
async function healthFrom(server: TestServer, localAddress: string, agent: Agent | false = false): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  get(`${server.url}/health`, { localAddress, agent }, (answer) => {
    void text(answer).then(() => resolve(answer.statusCode ?? 0), reject);
  }).on('error', reject);
  return promise;
}

/** Connections that a process has open. */
async function socketsOf(pid: number | undefined): Promise<number> {
  const files = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
  return targets.filter((target) => target.startsWith('socket:')).length;
}

/** Opens slow connections, batch by batch: each is either open or closed again when the next batch begins. */
async function openSlow(server: TestServer, addressOf: (n: number) => string, between: () => Promise<void>) {
  const connections: RawConnection[] = [];
  while (connections.length < CONNECTIONS) {
    const batch = Array.from({ length: BATCH }, (_, n) => openRaw(server.url, addressOf(connections.length + n)));
    await Promise.all(
      batch.map(({ socket, closed }) => {
        socket.write(begun);
        return Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
      }),
    );
    connections.push(...batch);
    await between();
  }
  return connections;
}

test('10,000 slow connections of one address: others are answered meanwhile, and all are cut', async () => {
  const server = await started('--request-timeout', '3');
  const before = await memoryOf(server.process.pid);
  let most = 0;
  const connections = await openSlow(
    server,
    () => '127.0.0.1',
    async () => {
      expect(await healthFrom(server, '127.0.0.2')).toBe(200);
      most = Math.max(most, await socketsOf(server.process.pid));
    },
  );
  const ends = await Promise.all(connections.map(({ closed }) => closed));
  const told = ends.filter((received) => statusesIn(received)[0] === 408).length;
  const { peak } = await memoryOf(server.process.pid);
  console.log(
    `${CONNECTIONS} slow connections: at most ${most} sockets open in the server, ${told} told 408, the others closed at once; memory ${before.now} MiB before, ${peak} MiB at most`,
  );
  expect(most).toBeGreaterThan(400);
  expect(most).toBeLessThan(600);
  expect(told).toBeGreaterThan(400);
  expect(peak - before.now).toBeLessThan(100);
  await eventually(() => server.log().includes('127.0.0.1 has 512 open (--max-connections-per-address)'));
  expect(server.log().split('\n').length).toBeLessThan(50);
  // The address is as welcome as before.
  expect(await healthFrom(server, '127.0.0.1')).toBe(200);
});

test('of 10,000 slow connections of 100 addresses those open are kept, and others come in when they are cut', async () => {
  const server = await started('--request-timeout', '3', '--max-connections', '1000');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  expect(await healthFrom(server, '127.0.0.2', agent)).toBe(200);
  const before = await memoryOf(server.process.pid);
  let most = 0;
  const connections = await openSlow(
    server,
    (n) => `127.0.1.${1 + (n % 100)}`,
    async () => {
      expect(await healthFrom(server, '127.0.0.2', agent)).toBe(200);
      most = Math.max(most, await socketsOf(server.process.pid));
    },
  );
  await Promise.all(connections.map(({ closed }) => closed));
  const { peak } = await memoryOf(server.process.pid);
  console.log(
    `${CONNECTIONS} slow connections of 100 addresses: at most ${most} sockets open in the server; memory ${before.now} MiB before, ${peak} MiB at most`,
  );
  expect(most).toBeGreaterThan(800);
  expect(most).toBeLessThan(1_050);
  expect(peak - before.now).toBeLessThan(150);
  await eventually(() => server.log().includes('1000 are open (--max-connections)'));
  expect(await healthFrom(server, '127.0.0.3')).toBe(200);
});

const post = 'POST /evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

test.each<[name: string, first: string, drip: string]>([
  ['nothing', '', ''],
  ['a part of its headers', begun, ''],
  ['its headers, a character at a time', begun, 'x'],
  ['headers without an end, a line at a time', `${begun}\r\n`, 'X: y\r\n'],
  ['a part of its body', `${post}Content-Length: 1000\r\n\r\n{`, ''],
  ['its body, a character at a time', `${post}Content-Length: 1000\r\n\r\n{`, ' '],
  ['its body, a chunk at a time', `${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
])('a client that sends %s is answered 408 when the time is over, and is cut off', async (_name, first, drip) => {
  const server = await started('--request-timeout', '0.4');
  const { socket, closed } = openRaw(server.url);
  socket.write(first);
  const dripping = setInterval(() => drip !== '' && socket.write(drip), 20);
  onTestFinished(() => clearInterval(dripping));
  expect(statusesIn(await closed)).toEqual([408]);
});

test('a client that reads none of its answers is disconnected', async () => {
  const server = await started('--request-timeout', '0.4');
  const alone = await socketsOf(server.process.pid);
  const { socket, closed } = openRaw(server.url);
  socket.pause();
  socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000));
  await eventually(async () => (await socketsOf(server.process.pid)) > alone);
  // Nothing tells a client that does not read: what is looked at is the server's side.
  await eventually(async () => (await socketsOf(server.process.pid)) === alone);
  socket.resume();
  await closed;
});

test('a client that waits for an answer is not cut off: the time limit is for requests', async () => {
  const server = await started('--request-timeout', '0.2');
  const job = await send(`${server.url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"majority","tasks":["demo_digits"],"model_args":{"delay":3600}}',
  });
  const { job_id } = Object(job.json);
  expect(await send(`${server.url}/jobs/${job_id}?wait=2`, { method: 'GET' })).toMatchObject({ status: 200 });
});
