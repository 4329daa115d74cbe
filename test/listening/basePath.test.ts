import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { operations } from '../../src/http/app.ts';
import { targetBelow } from '../../src/listening/basePath.ts';
import { sendRaw, statusesIn } from '../support/requests/rawRequest.ts';
import { startCommand } from '../support/server/evald.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { type TokensFile, tokensFile } from '../support/server/tokens.ts';

const BASE = '/tools/evald';

test.each([
  ['/tools/evald/jobs?x=1', { kind: 'below', target: '/jobs?x=1' }],
  ['/tools/evald/', { kind: 'below', target: '/' }],
  ['/tools/evald/tools/evald/', { kind: 'below', target: '/tools/evald/' }],
  ['http://a:80/tools/evald/jobs', { kind: 'below', target: 'http://a:80/jobs' }],
  ['/tools/evald', { kind: 'root', location: '/tools/evald/' }],
  ['/tools/evald?x=/', { kind: 'root', location: '/tools/evald/?x=/' }],
  ['/tools/evaldx/jobs', { kind: 'beyond' }],
  ['/jobs', { kind: 'beyond' }],
  ['/x/tools/evald/jobs', { kind: 'beyond' }],
  ['http://tools/evald/jobs', { kind: 'beyond' }],
  ['http://tools', { kind: 'beyond' }],
  ['*', { kind: 'beyond' }],
  ['', { kind: 'beyond' }],
])('below /tools/evald, the target %s is taken for what it is', (target, expected) => {
  expect(targetBelow(BASE, target)).toEqual(expected);
});

describe('a server below a path, behind a proxy that it trusts', () => {
  let server: TestServer;
  let tokens: TokensFile;
  let origin: string;
  let clean = async () => {};
  beforeAll(async () => {
    tokens = await tokensFile(
      {
        onTestFinished: (last) => {
          clean = last;
        },
      },
      { alice: 'submit' },
    );
    const proxy = ['--trust-proxy', '127.0.0.1', '--max-connections-per-address', '2'];
    server = await startServer({ flags: ['--base-path', `${BASE}/`, '--tokens', tokens.file, ...proxy] });
    origin = new URL(server.url).origin;
  });
  afterAll(async () => {
    await server?.stop();
    await clean();
  });

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(path, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${tokens.tokenOf('alice')}`, ...init.headers },
    });

  test('every route is below the path, and beyond it each is a 404 that names it', async () => {
    expect(server.url).toBe(origin + BASE);
    const plain = operations.filter(({ method, path }) => method === 'get' && !/[{]|events$/.test(path));
    expect(plain.length).toBeGreaterThan(10);
    for (const { path } of plain) {
      const [below, beyond] = [await ask(server.url + path), await ask(origin + path)];
      expect([path, below.status]).toEqual([path, expect.toBeOneOf([200, 307, 422])]);
      await below.body?.cancel();
      expect([path, beyond.status, await beyond.json()]).toEqual([
        path,
        404,
        { detail: 'Not Found: this server answers below /tools/evald/ (--base-path)' },
      ]);
      expect(beyond.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  test('redirects stay below the path', async () => {
    const locationOf = async (path: string) => {
      const { status, headers } = await ask(origin + path);
      return [status, headers.get('location')];
    };
    expect(await locationOf(BASE)).toEqual([307, `${BASE}/`]);
    expect(await locationOf(`${BASE}/queue/?a=1`)).toEqual([307, `${BASE}/queue?a=1`]);
    const [status, location] = await locationOf(`${BASE}/docs`);
    expect([status, new URL(String(location), `${origin}${BASE}/docs`).href]).toEqual([307, `${server.url}/#/api`]);
    expect(
      (await fetch(`${server.url}/queue/`, { headers: { authorization: `Bearer ${tokens.tokenOf('alice')}` } })).status,
    ).toBe(200);
  });

  test('the page and all that it loads are below the path, and its addresses are relative', async () => {
    const page = await (await fetch(`${server.url}/`)).text();
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      expect(address).toMatch(/^\.\//);
      expect((await fetch(new URL(address, `${server.url}/`))).status).toBe(200);
    }
  });

  test('the description of the interface says below which path it is', async () => {
    const described = await (await ask(`${server.url}/openapi.json`)).json();
    expect(Object(described).servers).toEqual([{ url: BASE, description: 'This server' }]);
  });

  test('the client and the command line reach a server below a path by its address', async () => {
    const client = createClient({ server: server.url, token: tokens.tokenOf('alice') });
    const command = startCommand(['submit', 'nearest-template', 'demo_digits', '--wait', '--server', server.url], {
      EVALD_TOKEN: tokens.tokenOf('alice'),
    });
    expect([await command.ended, command.stderr()]).toEqual([0, expect.any(String)]);
    const [job] = (await client.jobs({})).jobs;
    if (job === undefined) throw new Error('there is no job');
    expect(job.status).toBe('completed');
    const types: string[] = [];
    for await (const { type } of client.events({ job: job.job_id, after: 0 })) types.push(type);
    expect(types.at(-1)).toBe('completed');
  });

  test('a target that is a whole URL is read below the path as well, and a Host that is not ours is refused there', async () => {
    const { host } = new URL(origin);
    const get = async (target: string, name: string) => {
      return statusesIn(await sendRaw(origin, `GET ${target} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`));
    };
    expect(await get(`http://${host}${BASE}/`, host)).toEqual([200]);
    expect(await get(`http://evil.example${BASE}/`, host)).toEqual([421]);
    expect(await get(`${BASE}/`, 'evil.example')).toEqual([421]);
  });

  test('wrong tokens count for the address that the proxy names, whatever the client has written before it', async () => {
    const guess = async (forwarded: string) => {
      const headers = { authorization: 'Bearer wrong-wrong-wrong-1', 'x-forwarded-for': forwarded };
      const { status, body } = await fetch(`${server.url}/queue`, { headers });
      await body?.cancel();
      return status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push(await guess(`192.0.2.${n}, 203.0.113.1`));
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.at(-1)).toBe(429);
    expect(await guess('203.0.113.2')).toBe(401);
    expect(server.log()).toContain('203.0.113.1 has sent a token 8 times');
    expect(server.log()).not.toMatch(/127\.0\.0\.1 (sent|has sent) a token/);
  });

  test('a trusted proxy may open more connections than one client', async () => {
    const end = new AbortController();
    onTestFinished(() => end.abort());
    const headers = { authorization: `Bearer ${tokens.tokenOf('alice')}` };
    const open = () => fetch(`${server.url}/events`, { headers, signal: end.signal });
    const statuses = (await Promise.all(Array.from({ length: 6 }, open))).map(({ status }) => status);
    expect(statuses).toEqual(Array(6).fill(200));
  });
});
