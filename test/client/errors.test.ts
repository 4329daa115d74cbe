import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Client, ClientError, createClient } from '../../src/client/index.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { type TokensFile, tokensFile } from '../support/server/tokens.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

let server: TestServer;
let tokens: TokensFile;
const clean: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const later = { onTestFinished: (step: () => Promise<void>) => clean.push(step) };
  tokens = await tokensFile(later, { reader: 'read', writer: 'submit' });
  server = await startServer({ flags: ['--tokens', tokens.file] });
});
afterAll(async () => {
  await server.stop();
  for (const step of clean) await step();
});

const clientOf = (name: string) => createClient({ server: server.url, token: tokens.tokenOf(name) });

async function errorOf(call: Promise<unknown> | (() => Promise<unknown>)): Promise<ClientError> {
  const error = await (typeof call === 'function' ? call() : call).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}

/** Ends a job, whether it waits or runs. */
async function ended({ cancel, stop, wait }: Client, id: string): Promise<void> {
  await cancel(id).catch(() => stop(id));
  await wait(id);
}

/** A server that is none of evald's. @returns its address. */
async function listen(listener: RequestListener): Promise<string> {
  const other = createServer(listener).listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => {
    other.closeAllConnections();
    other.close();
  });
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

/** All texts of an error. */
const textsOf = (error: ClientError): string =>
  `${error.message} ${error.stack} ${JSON.stringify(error.fault)} ${error}`;

test('a refusal says which fields are wrong, what is allowed, and its status', async () => {
  const error = await errorOf(clientOf('writer').submit({ ...quick, model: '', limit: -3 }));
  expect(error.fault).toMatchObject({ code: 'refused', status: 422 });
  if (error.fault.code !== 'refused') return;
  expect(error.fault.fields.map(({ loc }) => loc.at(-1))).toEqual(expect.arrayContaining(['model', 'limit']));
  expect(error.message).toContain('`model` should name a model');
  const { job_id } = await clientOf('writer').submit(quick);
  await clientOf('writer').wait(job_id);
  const late = await errorOf(clientOf('writer').cancel(job_id));
  expect(late.fault).toMatchObject({ code: 'refused', status: 400, fields: [] });
});

test('without a token, with a wrong one, and with one of too low a role a call is unauthorized or forbidden', async () => {
  expect((await errorOf(createClient({ server: server.url }).queue())).code).toBe('unauthorized');
  const wrong = createClient({ server: server.url, token: 'evald_a-wrong-one' });
  const { queue, wait, events, followLog } = wrong;
  for (const call of [queue, () => wait('x'), () => events().next(), () => followLog('x').next()]) {
    expect((await errorOf(call)).code).toBe('unauthorized');
  }
  const reader = await errorOf(clientOf('reader').submit(quick));
  expect(reader).toMatchObject({
    code: 'forbidden',
    message: 'POST /evaluate needs the role submit, and reader has read',
  });
});

test('what there is not is not found, also where a name would lead to another path', async () => {
  const client = clientOf('reader');
  for (const id of ['nope', '', '.', '..', 'a/../..', '\ud800', '%2e%2e']) {
    const { job, results, events, wait, logSize } = client;
    for (const call of [
      () => job(id),
      () => results(id),
      () => logSize(id),
      () => events({ job: id }).next(),
      () => wait(id),
    ]) {
      expect((await errorOf(call)).code, id).toBe('notFound');
    }
  }
});

test('a log that begins while its size is asked for has none yet, and not the size of the refusal', async () => {
  const url = await listen(({ method }, response) => {
    if (method === 'HEAD') response.writeHead(404, { 'content-length': '22' }).end();
    else response.end('the first line\n');
  });
  expect(await createClient({ server: url }).logSize('x')).toBe(0);
});

test('a server that does not listen is unreachable, and says so at once', async () => {
  const [port] = await freePorts(1);
  const client = createClient({ server: `http://127.0.0.1:${port}` });
  const { queue, submit, wait, events } = client;
  for (const call of [queue, () => submit(quick), () => wait('x'), () => events().next()]) {
    const error = await errorOf(call);
    expect(error.fault).toEqual({ code: 'unreachable', isLost: false });
    expect(error.message).toContain('ECONNREFUSED');
  }
});

test('what is aborted is interrupted: a request, a feed, a log, a wait', async () => {
  const client = clientOf('writer');
  const { job_id: id } = await client.submit({ ...quick, model_args: { delay: 3_600 } });
  const abort = new AbortController();
  const { signal } = abort;
  const events = client.events({ signal });
  await client.submit(quick).then((waiting) => client.cancel(waiting.job_id));
  const log = client.followLog(id, { signal });
  await log.next();
  const rest = async (items: AsyncIterable<unknown>) => {
    for await (const _ of items);
  };
  const calls = [client.job(id, { wait: 280, signal }), client.wait(id, { signal }), rest(events), rest(log)];
  setTimeout(() => abort.abort(), 200);
  for (const { fault } of await Promise.all(calls.map(errorOf))) expect(fault).toEqual({ code: 'interrupted' });
  expect((await errorOf(client.queue({ signal }))).code).toBe('interrupted');
  await ended(client, id);
});

test('what takes longer than it may is timed out', async () => {
  const url = await listen(() => {});
  const client = createClient({ server: url, timeout: 50 });
  expect((await errorOf(client.queue())).fault).toEqual({ code: 'timedOut' });
  expect((await errorOf(client.health({ timeout: 20 }))).message).toBe(`${url} did not answer within 0.02 s`);
  const writer = clientOf('writer');
  const { job_id: id } = await writer.submit({ ...quick, model_args: { delay: 3_600 } });
  expect((await errorOf(writer.wait(id, { timeout: 300 }))).fault).toEqual({ code: 'timedOut' });
  await ended(writer, id);
});

test('a server that is none of evald is distinguished: pages, other JSON, proxies, streams of something else', async () => {
  const page = createClient({ server: await listen((_, response) => response.end('<html>hello')) });
  expect((await errorOf(page.queue())).fault).toEqual({ code: 'notEvald', status: 200 });
  const json = createClient({ server: await listen((_, response) => response.end('{"queue_size": "three"}')) });
  const odd = await errorOf(json.queue());
  expect(odd.code).toBe('notEvald');
  expect(odd.message).toContain('queue_size');
  const missing = createClient({ server: await listen((_, response) => response.writeHead(404).end('not here')) });
  expect((await errorOf(missing.queue())).fault).toEqual({ code: 'notEvald', status: 404 });
  const proxy = createClient({
    server: await listen((_, response) => response.writeHead(502).end('<html>bad gateway')),
  });
  expect((await errorOf(proxy.queue())).fault).toMatchObject({ code: 'unreachable' });
  const stream = createClient({
    server: await listen((_, response) => response.end('event: submitted\ndata: {"a":1}\n\n')),
  });
  expect((await errorOf(stream.events().next())).code).toBe('notEvald');
});

test('what can be asked for later says when', async () => {
  const answer: RequestListener = (_, response) =>
    response.writeHead(503, { 'retry-after': '10' }).end('{"detail": "The queue is full"}');
  const error = await errorOf(createClient({ server: await listen(answer) }).submit(quick));
  expect(error.fault).toEqual({ code: 'unavailable', status: 503, detail: 'The queue is full', retryAfter: 10 });
});

test('no text of an error has the token, whatever the server or the platform says', async () => {
  const token = 'evald_secret-of-this-test';
  const echo = await listen((request, response) => {
    const said = `you sent ${request.headers.authorization}`;
    const status = Number(new URL(request.url ?? '', 'http://x').pathname.split('/').at(-1)) || 200;
    const field = { type: 'x', loc: ['body', said], msg: said, input: said };
    response.writeHead(status).end(JSON.stringify({ detail: status === 422 ? [field] : said }));
  });
  const client = createClient({ server: echo, token });
  for (const status of ['200', '400', '401', '403', '404', '422', '429', '500', '502', '503']) {
    const error = await errorOf(client.job(status));
    expect(textsOf(error), status).not.toContain(token);
  }
  const [port] = await freePorts(1);
  for (const where of [`127.0.0.1:${port}`, 'no-such-host.invalid']) {
    const away = createClient({ server: `http://name:${token}@${where}` });
    expect(textsOf(await errorOf(away.queue()))).not.toContain(token);
  }
  const failing = createClient({ server: echo, token, fetch: () => Promise.reject(new TypeError(`with ${token}`)) });
  expect(textsOf(await errorOf(failing.queue()))).not.toContain(token);
  for (const bad of [`${token}\nx`, `${token} x`, `${token}é`]) {
    expect(() => createClient({ server: echo, token: bad })).toThrow(/^The token should be visible ASCII/);
  }
  expect(() => createClient({ server: `ftp://name:${token}@host` })).toThrow(
    /^The server should be an http or https URL/,
  );
});

test('a server in whose address there is a password takes it for the token', async () => {
  const address = server.url.replace('://', `://reader:${tokens.tokenOf('reader')}@`);
  expect(await createClient({ server: address }).queue()).toMatchObject({ paused: false });
});
