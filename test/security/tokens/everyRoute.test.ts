import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../../src/http/app.ts';
import { includesRole, type Role, roleSchema } from '../../../src/schemas/server/token.ts';
import { digestOf } from '../../../src/security/tokens/token.ts';
import { type SentAnswer, send } from '../../support/requests/send.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';
import { type TokensFile, tokensFile } from '../../support/server/tokens.ts';

const roles = roleSchema.options;
/** What a path's parameters are here: a job that is not there, a drawing that is. */
const values: { [name: string]: string } = { job_id: 'nobody', path: 'a', task: 't', file: 'job.svg' };
const pathOf = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? name);
const requests = operations.flatMap(({ method, path, role }) =>
  role === null ? [] : [{ method: method.toUpperCase(), path, role }],
);

let server: TestServer;
let tokens: TokensFile;
let clean: () => Promise<void>;
beforeAll(async () => {
  tokens = await tokensFile(
    { onTestFinished: (given) => (clean = given) },
    { read: 'read', submit: 'submit', admin: 'admin' },
  );
  server = await startServer({ flags: ['--tokens', tokens.file] });
});
afterAll(async () => {
  await server?.stop();
  await clean?.();
});

/** Every wrong token comes from an address of its own: they would be slowed. */
let strangers = 0;
const stranger = () => `127.1.${Math.floor(strangers / 250)}.${(strangers++ % 250) + 1}`;

function ask(method: string, path: string, headers: { [name: string]: string } = {}, from = '127.0.0.1') {
  return send(server.url + path, { method, headers, from, headOnly: headers['x-whole'] === undefined });
}

/** The whole answer to a request that should be refused: it ends. */
const refusedAnswer = (method: string, path: string, headers: { [name: string]: string }, from?: string) =>
  ask(method, path, { ...headers, 'x-whole': 'yes' }, from);

function expectUnknown({ status, headers, json }: SentAnswer): void {
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe('Basic realm="evald", charset="UTF-8", Bearer realm="evald"');
  expect(json).toEqual({ detail: expect.stringMatching(/token/i) });
}

describe.each(requests)('$method $path, which needs $role,', ({ method, path, role }) => {
  const target = pathOf(path);

  test('a route answers nothing to a client without a token', async () => {
    expectUnknown(await refusedAnswer(method, target, {}));
    // Not even that nothing has changed.
    expectUnknown(await refusedAnswer(method, target, { 'if-none-match': '*' }));
  });

  test('a route answers nothing to a client with a wrong token', async () => {
    const wrong = { authorization: `Bearer ${tokens.tokenOf('admin').slice(0, -1)}` };
    expectUnknown(await refusedAnswer(method, target, wrong, stranger()));
    const basic = { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` };
    expectUnknown(await refusedAnswer(method, target, basic, stranger()));
  });

  test.each(roles)('a route answers the role %s as it should', async (held: Role) => {
    if (includesRole(held, role)) {
      // What it answers is for other tests to say; here it has to do with the request itself.
      const { status } = await ask(method, target, tokens.bearer(held));
      expect([200, 202, 404, 422]).toContain(status);
      return;
    }
    const { status, json } = await refusedAnswer(method, target, tokens.bearer(held));
    expect({ status, json }).toEqual({
      status: 403,
      json: { detail: `${method} ${target} needs the role ${role}, and ${held} has ${held}` },
    });
  });
});

test('only the page, its parts and the way to it need no token, and say nothing that depends on the server', async () => {
  const open = operations.filter(({ role }) => role === null);
  expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual(['get /docs', 'get /', 'get /assets/{file}']);
  const other = await startServer({ flags: ['--slots', '3'] });
  try {
    const wrong = { authorization: 'Bearer wrong' };
    const [page, withWrong, elsewhere] = await Promise.all([
      send(`${server.url}/`, { method: 'GET', from: stranger() }),
      send(`${server.url}/`, { method: 'GET', headers: wrong, from: stranger() }),
      send(`${other.url}/`, { method: 'GET' }),
    ]);
    expect(page).toMatchObject({ status: 200, text: elsewhere.text });
    expect(withWrong).toMatchObject({ status: 200, text: page.text });
  } finally {
    await other.stop();
  }
  // What is below them is no way around a token.
  for (const path of ['/assets/..%2fqueue', '/assets/%2e%2e/queue', '/?/queue']) {
    const { text } = await ask('GET', path, { 'x-whole': 'yes' });
    expect(text).not.toContain('queue_size');
  }
});

describe('a path that is not there, or has a slash too many', () => {
  const missing: [string, string, number][] = [
    ['GET', '/nothing', 404],
    ['GET', '/queue/', 307],
    ['GET', '//queue', 404],
    ['PUT', '/queue', 405],
    ['GET', '/evaluate', 405],
    ['OPTIONS', '/evaluate', 405],
    ['POST', '/jobs/x/stop/', 307],
    ['HEAD', '/nothing', 404],
  ];

  test.each(missing)('%s %s is said to be missing only to a client with a token', async (method, path, status) => {
    const stranger = await refusedAnswer(method, path, {});
    expect(stranger.status).toBe(401);
    if (method !== 'HEAD') expectUnknown(stranger);
    expect(await refusedAnswer(method, path, tokens.bearer('read'))).toMatchObject({ status });
  });

  test.each(['/%71ueue/pause', '/queue/%70ause', '/QUEUE/pause', '/queue/pause?', '/queue/pause/../pause'])(
    'POST %s is no way around a role',
    async (path) => {
      const { status } = await refusedAnswer('POST', path, tokens.bearer('submit'));
      expect([403, 404]).toContain(status);
      expect(await (await fetch(`${server.url}/queue`, { headers: tokens.bearer('read') })).json()).toMatchObject({
        paused: false,
        blocked: null,
      });
    },
  );

  test.each(['x-http-method-override', 'x-method-override'])(
    'the header %s is no way around a role',
    async (header) => {
      const asked = { ...tokens.bearer('read'), [header]: 'POST' };
      expect(await refusedAnswer('GET', '/queue', asked)).toMatchObject({ status: 200, json: { paused: false } });
    },
  );
});

test('HEAD is taken by GET, and needs what GET needs', async () => {
  expect((await ask('HEAD', '/health')).status).toBe(401);
  expect((await ask('HEAD', '/health', tokens.bearer('read'))).status).toBe(200);
});

test('a token is right as Bearer and as the password of Basic, whatever the user name is', async () => {
  const basic = (name: string) => ({
    authorization: `Basic ${Buffer.from(`${name}:${tokens.tokenOf('read')}`).toString('base64')}`,
  });
  for (const headers of [tokens.bearer('read'), basic('read'), basic('somebody'), basic('')]) {
    expect((await ask('GET', '/health', headers)).status).toBe(200);
  }
});

test('a token in the query, in a cookie or as a user name is no token', async () => {
  const token = tokens.tokenOf('admin');
  expect((await ask('GET', `/health?token=${token}&access_token=${token}`)).status).toBe(401);
  expect((await ask('GET', '/health', { cookie: `token=${token}` })).status).toBe(401);
  const asUser = { authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}` };
  expect((await ask('GET', '/health', asUser)).status).toBe(401);
});

test('the digest that is in the file is no token', async () => {
  const digest = digestOf(tokens.tokenOf('admin'));
  expect((await ask('GET', '/health', { authorization: `Bearer ${digest}` }, stranger())).status).toBe(401);
});

test('no token is in the log', () => {
  for (const name of roles) expect(server.log()).not.toContain(tokens.tokenOf(name));
});
