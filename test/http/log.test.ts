import { appendFile, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { memoryOf } from '../support/measuring/memory.ts';
import { send } from '../support/requests/send.ts';
import { openFilesOf, processesOf } from '../support/runs/processes.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const MIB = 1024 ** 2;
const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

let server: TestServer;
/** A job that has ended, whose log the tests write. */
let jobId: string;
let log: string;
beforeAll(async () => {
  server = await startServer();
  jobId = await submit(server.url, quick);
  log = (await endedJob(server.url, jobId)).log ?? '';
});
afterAll(() => server.stop());

const get = (query = '', headers: { [name: string]: string } = {}, id = jobId) =>
  send(`${server.url}/jobs/${id}/log${query}`, { method: 'GET', headers });

/** A response of which the test reads as much as it likes. */
function openLog(query: string, id = jobId): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(`${server.url}/jobs/${id}/log${query}`, { agent: false }, resolve).on('error', reject).end();
  return promise;
}

async function startEndless(): Promise<{ id: string; path: string }> {
  const id = await submit(server.url, { ...quick, model_args: { delay: 3600 } });
  const job = await jobWhen(server.url, id, ({ progress }) => progress !== null);
  return { id, path: job.log ?? '' };
}

async function killRun(id: string): Promise<void> {
  for (const pid of await processesOf(`lmms_eval_${id}`)) process.kill(pid, 'SIGKILL');
  await endedJob(server.url, id);
}

test('a log is text, of which colours and overwritten frames are left out unless raw is asked', async () => {
  await writeFile(log, '\u001b[32mgreen\u001b[0m\n\r 0%\r50%\r100%\nend');
  const cleaned = await get();
  expect(cleaned).toMatchObject({ status: 200, text: 'green\n100%\nend' });
  expect(cleaned.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
  });
  expect((await get('?raw=1')).text).toBe('\u001b[32mgreen\u001b[0m\n\r 0%\r50%\r100%\nend');
  expect((await get('?tail=2')).text).toBe('100%\nend');
  expect((await get('?tail=2&raw=1')).text).toBe('\r 0%\r50%\r100%\nend');
  const whole = await (await openLog('?follow=1&tail=1')).setEncoding('utf8').toArray();
  expect(whole.join('')).toBe('end');
});

test('a range is of the bytes as they are, and one that does not exist says how many there are', async () => {
  await writeFile(log, '\u001b[32mgreen\u001b[0m\n');
  const part = await get('', { Range: 'bytes=0-7' });
  expect(part).toMatchObject({ status: 206, text: '\u001b[32mgre', headers: { 'content-range': 'bytes 0-7/15' } });
  expect(await get('', { Range: 'bytes=-5' })).toMatchObject({ status: 206, text: '\u001b[0m\n' });
  const beyond = await get('', { Range: 'bytes=15-' });
  expect(beyond).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */15' } });
  expect(await get('', { Range: 'bytes=0-1,3-4' })).toMatchObject({ status: 200 });
  expect(await get('?tail=1', { Range: 'bytes=0-1' })).toMatchObject({ status: 200, text: 'green\n' });
});

test('a log that is followed as events says where to go on, and goes on there; an offset that is no number is refused', async () => {
  await writeFile(log, '\u001b[32mone\u001b[0m\ntwo\nthree');
  const asEvents = { Accept: 'text/event-stream' };
  const whole = await get('?follow=1', asEvents);
  expect(whole.headers['content-type']).toBe('text/event-stream');
  expect(whole.text).toBe(
    'event: text\nid: 17\ndata: "one\\ntwo\\n"\n\nevent: text\nid: 17\ndata: "three"\n\nevent: end\ndata: {}\n\n',
  );
  const rest = await get('?follow=1&tail=100', { ...asEvents, 'Last-Event-ID': '13' });
  expect(rest.text).toMatch(/^event: text\nid: 17\ndata: "two\\n"\n\nevent: text/);
  expect((await get('?follow=1&tail=1', asEvents)).text).toMatch(/^event: text\nid: 17\ndata: "three"\n\nevent: end/);
  expect((await get('?follow=1', { ...asEvents, 'Last-Event-ID': '1000000' })).text).toBe(whole.text);
  expect(await get('?follow=1', { ...asEvents, 'Last-Event-ID': 'x' })).toMatchObject({ status: 422 });
  expect((await get('?follow=1', { Accept: '*/*' })).text).toBe('one\ntwo\nthree');
});

test('HEAD of a log answers the same headers and leaves no file open', async () => {
  for (const query of ['', '?raw=1', '?tail=3', '?follow=1']) {
    const head = await send(`${server.url}/jobs/${jobId}/log${query}`, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'x-content-type-options': 'nosniff' } });
  }
  await eventually(async () => !(await openFilesOf(server.process.pid)).includes(log));
});

test.each([
  ['?tail=0', 'tail'],
  ['?tail=100001', 'tail'],
  ['?tail=x', 'tail'],
  ['?follow=perhaps', 'follow'],
  ['?raw=2', 'raw'],
])('a log with %s is refused, naming the parameter', async (query, name) => {
  expect(await get(query)).toMatchObject({ status: 422, json: { detail: [{ loc: ['query', name] }] } });
});

test('a log that was deleted, is a link, or never was, is not found, and the answer says which', async () => {
  const other = await submit(server.url, quick);
  const { log: path } = await endedJob(server.url, other);
  await rm(path ?? '');
  for (const query of ['', '?follow=1', '?tail=1']) {
    expect(await get(query, {}, other)).toMatchObject({
      status: 404,
      json: { detail: expect.stringContaining('was deleted') },
    });
  }
  expect(await get('', {}, 'nosuch')).toMatchObject({ status: 404, json: { detail: 'Job nosuch not found' } });
});

test('of a log of 5 GB the tail and a range cost the server no memory', async () => {
  await truncate(log, 0);
  await truncate(log, 5 * 1024 * MIB);
  await appendFile(log, '\nlast but one\nlast\n');
  const before = await memoryOf(server.process.pid);
  expect((await get('?tail=2')).text).toBe('last but one\nlast\n');
  const part = await get('', { Range: `bytes=${5 * 1024 * MIB + 1}-${5 * 1024 * MIB + 12}` });
  expect(part).toMatchObject({ status: 206, text: 'last but one' });
  const after = await memoryOf(server.process.pid);
  expect(after.peak - before.now).toBeLessThan(150);
});

test('a line of 256 MB passes, cleaned, and the server stays small', async () => {
  const file = await open(log, 'w');
  const piece = Buffer.alloc(16 * MIB, 'no end of this line, ');
  for (let n = 0; n < 16; n++) await file.write(piece);
  await file.close();
  const before = await memoryOf(server.process.pid);
  let bytes = 0;
  for await (const chunk of await openLog('')) bytes += chunk.length;
  const after = await memoryOf(server.process.pid);
  await truncate(log, 0);
  expect(bytes).toBe(16 * piece.length);
  console.log(`a line of 256 MB: the server had ${before.now} MiB before, at most ${after.peak} MiB`);
  expect(after.peak - before.now).toBeLessThan(250);
});

test('a reader that does not read costs nothing, and one that has gone leaves no file open', async () => {
  await truncate(log, 0);
  await truncate(log, 1024 * MIB);
  const before = await memoryOf(server.process.pid);
  const responses = await Promise.all(Array.from({ length: 20 }, () => openLog('?raw=1')));
  await Promise.all(responses.map((response) => new Promise((resolve) => response.once('readable', resolve))));
  expect((await openFilesOf(server.process.pid)).filter((path) => path === log)).toHaveLength(20);
  const after = await memoryOf(server.process.pid);
  expect(after.now - before.now).toBeLessThan(100);
  for (const response of responses) response.destroy();
  await eventually(async () => !(await openFilesOf(server.process.pid)).includes(log));
  await truncate(log, 0);
});

describe('while a job runs', () => {
  let running: { id: string; path: string };
  beforeAll(async () => {
    running = await startEndless();
  });
  afterAll(() => killRun(running.id));

  test('a follower of the log of a running job gets what is there, what comes, and the end', async () => {
    const before = (await get('?raw=1', {}, running.id)).text;
    const response = await openLog('?follow=1&raw=1', running.id);
    let got = '';
    response.setEncoding('utf8').on('data', (chunk) => {
      got += chunk;
    });
    await eventually(() => got === before);
    await appendFile(running.path, '\nmore\n');
    await eventually(() => got === `${before}\nmore\n`);
    const other = await openLog('?follow=1&tail=1', running.id);
    const waiting = await submit(server.url, quick);
    expect(await get('', {}, waiting)).toMatchObject({
      status: 404,
      json: { detail: `Job ${waiting} has no log yet: it is queued` },
    });
    const cancelled = await submit(server.url, quick);
    const [never, later] = [await openLog('?follow=1', cancelled), await openLog('?follow=1&raw=1', waiting)];
    await send(`${server.url}/jobs/${cancelled}`, { method: 'DELETE' });
    expect(await text(never)).toBe('');
    expect(await get('?follow=1', {}, cancelled)).toMatchObject({
      status: 404,
      json: { detail: `Job ${cancelled} has no log: it never ran` },
    });
    await killRun(running.id);
    expect(await text(other)).toBe('more\n');
    await eventually(() => response.readableEnded);
    // The one that waited has run meanwhile, and was followed from its first line to its last.
    const shown = await text(later);
    expect(shown).toBe((await get('?raw=1', {}, waiting)).text);
    expect(shown).toContain('Model majority');
    await eventually(async () => !(await openFilesOf(server.process.pid)).includes(running.path));
    running = await startEndless();
  });

  test('a follower sees a bar that is being drawn, and a log that is renamed or replaced', async () => {
    const { id, path } = running;
    const response = await openLog('?follow=1&tail=1', id);
    let got = '';
    response.setEncoding('utf8').on('data', (chunk) => {
      got += chunk;
    });
    await appendFile(path, '\n\r 10%|# | 1/10\r 20%|##| 2/10');
    await eventually(() => got.endsWith('20%|##| 2/10'));
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, '\r 30%|##| 3/10');
    await eventually(() => got.endsWith('\n 30%|##| 3/10'));
    await writeFile(path, '\nanew\n');
    await eventually(() => got.endsWith('3/10\nanew\n'));
    await rename(`${path}.1`, path);
    response.destroy();
  });

  test('200 followers of one log share one descriptor, and memory stays flat', async () => {
    const { id, path } = running;
    const start = Buffer.byteLength((await get('?raw=1', {}, id)).text);
    const opened = async () => (await openFilesOf(server.process.pid)).filter((open) => open === path).length;
    // One is the server's own: it reads the progress of the run.
    expect(await opened()).toBe(1);
    const before = await memoryOf(server.process.pid);
    const responses = await Promise.all(Array.from({ length: 200 }, () => openLog('?follow=1&raw=1', id)));
    const counts = responses.map((response) => {
      const count = { bytes: 0 };
      response.on('data', ({ length }) => {
        count.bytes += length;
      });
      return count;
    });
    expect(await opened()).toBe(2);
    const line = `${'x'.repeat(99)}\n`.repeat(10_000);
    for (let round = 1; round <= 4; round++) {
      await appendFile(path, line);
      await eventually(() => counts.every(({ bytes }) => bytes === start + round * line.length));
    }
    const after = await memoryOf(server.process.pid);
    console.log(
      `200 followers of one log, 4 MB to each: the server had ${before.now} MiB before, ${after.now} MiB after, at most ${after.peak} MiB`,
    );
    expect(after.now - before.now).toBeLessThan(150);
    for (const response of responses) response.destroy();
    await eventually(async () => (await opened()) === 1);
    expect((await getJob(server.url, id)).status).toBe('running');
  });
});
