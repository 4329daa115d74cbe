import { once } from 'node:events';
import { appendFile, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ClientError, type Connection, createClient, type FeedItem } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

let dataDir: string;
let port: number;
let server: TestServer;
const start = async () => {
  server = await startServer({ dataDir, flags: ['--port', String(port), '--on-shutdown', 'leave'] });
};
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  [port = 0] = await freePorts(1);
  await start();
});
afterAll(async () => {
  await server.stop();
  await removeFolder(dataDir);
});

/** Nothing of one test is left for the next. */
afterEach(async () => {
  const { pause, resume, queue, cancel, stop, wait } = client();
  await pause();
  const { queued_jobs, running_jobs } = await queue();
  for (const id of queued_jobs) await cancel(id);
  for (const id of running_jobs) await stop(id);
  await wait(running_jobs);
  await resume();
});

const client = () => createClient({ server: server.url });

/** A job that runs until it is stopped. @returns its id. */
async function startEndless(): Promise<string> {
  const { submit, job } = client();
  const { job_id: id } = await submit({ ...quick, model_args: { delay: 3_600 } });
  await eventually(async () => (await job(id)).status === 'running');
  return id;
}

const isOpen = (states: readonly Connection[]) => states.at(-1)?.state === 'open';

/** Ends a server in some way, and starts another at the same address. */
const restarts = {
  killed: async () => {
    await server.kill();
    await start();
  },
  stopped: async () => {
    await server.stop();
    await start();
  },
};

test.each(['killed', 'stopped'] as const)('a wait goes on when the server was %s and started again', async (way) => {
  const { wait, submit, stop } = client();
  const running = await startEndless();
  const waiting = (await submit(quick)).job_id;
  const kinds = [{ ids: [running, waiting] }, { ids: running }, { ids: [running, waiting], mode: 'any' }] as const;
  const waits = kinds.map(({ ids, ...options }) => {
    const states: Connection[] = [];
    return { states, waited: wait(ids, { ...options, onConnection: (state) => states.push(state) }) };
  });
  await eventually(() => waits.every(({ states }) => isOpen(states)));
  await restarts[way]();
  await stop(running);
  for (const { states, waited } of waits) {
    const { met, jobs } = await waited;
    expect(met).toBe(true);
    expect(jobs[0]).toMatchObject({ job_id: running, failure_kind: 'stopped' });
    expect(states.map(({ state }) => state)).toEqual(expect.arrayContaining(['open', 'lost']));
    expect(isOpen(states)).toBe(true);
  }
});

test('what ends while a wait has no server is seen when it is back', async () => {
  const { wait, stop } = client();
  const id = await startEndless();
  const states: Connection[] = [];
  const waited = wait(id, { onConnection: (state) => states.push(state) });
  await eventually(() => isOpen(states));
  await stop(id);
  await server.kill();
  await start();
  expect(await waited).toMatchObject({ met: true, jobs: [{ failure_kind: 'stopped' }] });
});

test('a feed of events goes on after a kill without a gap and without an event twice, also when nothing had come', async () => {
  const { events, submit, wait } = client();
  const numbers: number[] = [];
  const abort = new AbortController();
  const states: Connection[] = [];
  const feed = async (items: AsyncIterable<FeedItem>) => {
    for await (const item of items) numbers.push(item.type === 'gap' ? -1 : item.number);
  };
  const onConnection = (state: Connection) => states.push(state);
  const reading = feed(events({ signal: abort.signal, onConnection })).catch((error: ClientError) => error.code);
  await eventually(() => isOpen(states));
  await server.kill();
  await start();
  // Before the feed is back: what happens now is not lost to it either.
  const first = (await submit(quick)).job_id;
  await wait(first);
  await restarts.killed();
  const second = (await submit(quick)).job_id;
  await wait(second);
  const last = await lastNumber(second);
  await eventually(() => numbers.at(-1) === last);
  abort.abort();
  expect(await reading).toBe('interrupted');
  const begin = numbers[0] ?? 0;
  expect(numbers).toEqual(Array.from({ length: last - begin + 1 }, (_, index) => begin + index));
  expect(begin).toBe((await firstNumber(first)) ?? -1);
});

async function numbersOf(job: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const item of client().events({ job })) if (item.type !== 'gap') numbers.push(item.number);
  return numbers;
}
const firstNumber = async (job: string) => (await numbersOf(job))[0];
const lastNumber = async (job: string) => (await numbersOf(job)).at(-1) ?? 0;

test('a log that is followed goes on after a kill and a stop: every line comes, in order, and once', async () => {
  const { followLog, stop, job } = client();
  const id = await startEndless();
  // What the run itself has to say stands before: it draws a bar, and then says nothing more.
  const { log } = await eventually(async () =>
    [await job(id)].find(({ progress }) => progress?.phase === 'Model Responding'),
  );
  const path = log ?? '';
  let text = '';
  const reading = (async () => {
    for await (const piece of followLog(id)) text += piece;
  })();
  let written = 0;
  const write = async (count: number) => {
    let lines = written === 0 ? '\n' : '';
    for (let line = 0; line < count; line++) lines += `\u001b[32mline ${++written} ü\u001b[0m\n`;
    await appendFile(path, lines);
  };
  const come = () => eventually(() => text.includes(`line ${written} ü\n`));
  await write(3);
  await come();
  await server.kill();
  await write(2_000);
  await start();
  await write(2);
  await come();
  await restarts.stopped();
  await write(1);
  await come();
  await stop(id);
  await reading;
  const lines = text.split('\n').filter((line) => line.startsWith('line '));
  expect(lines).toEqual(Array.from({ length: written }, (_, index) => `line ${index + 1} ü`));
});

test('a submission whose answer was lost is sent again, and is one job', async () => {
  let lost = 0;
  // What stands between passes each submission on, and hangs up in the place of the first two answers.
  const between = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    for (const name of ['connection', 'content-length', 'host']) delete headers[name];
    const body = { method: request.method ?? '', headers, body: Buffer.concat(chunks) };
    const answer = await fetch(`${server.url}${request.url}`, body);
    const text = await answer.text();
    if (lost++ < 2) request.socket.destroy();
    else response.writeHead(answer.status).end(text);
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  onTestFinished(() => {
    between.close();
  });
  const { job_id } = await createClient({
    server: `http://127.0.0.1:${(between.address() as AddressInfo).port}`,
  }).submit({ ...quick, labels: { run: 'once' } });
  expect(lost).toBe(3);
  const { jobs } = await client().jobs({ label: 'run:once' });
  expect(jobs.map((job) => job.job_id)).toEqual([job_id]);
  await client().wait(job_id);

  lost = 0;
  const once_ = createClient({ server: `http://127.0.0.1:${(between.address() as AddressInfo).port}` });
  const error = await once_.submit(quick, { patience: 0 }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ClientError);
  expect(error).toMatchObject({ fault: { code: 'unreachable', isLost: true } });
});

test('a server that stays away is given up after so long', async () => {
  const { wait, stop } = client();
  const id = await startEndless();
  const states: Connection[] = [];
  const waited = wait(id, { patience: 600, onConnection: (state) => states.push(state) }).catch(
    (error: unknown) => error,
  );
  await eventually(() => isOpen(states));
  await server.kill();
  expect(await waited).toMatchObject({ code: 'unreachable' });
  await start();
  await stop(id);
  await wait(id);
});
