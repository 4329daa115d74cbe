import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/security/tokens/token.ts';
import { removeFolder } from '../../support/files/removeFolder.ts';
import { submit } from '../../support/jobs/client.ts';
import { dataOf, openEvents } from '../../support/requests/eventStream.ts';
import { send } from '../../support/requests/send.ts';
import { processesOf } from '../../support/runs/processes.ts';
import { runMain } from '../../support/server/runMain.ts';
import { startServer } from '../../support/server/server.ts';
import { tokensFile } from '../../support/server/tokens.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const secret = 'a-token-that-nobody-may-see';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
});
afterAll(() => removeFolder(folder));

const at = (name: string, ...flags: string[]) => [
  ...['--port', '0', '--harness', 'demo', '--data-dir', join(folder, name)],
  ...flags,
];
const statusOf = async (url: string, token?: string) =>
  (await fetch(`${url}/health`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status;

describe('a refused start', () => {
  const tokens = (name: string) => join(folder, name);

  test.concurrent.each(['0.0.0.0', '::', '::ffff:0.0.0.0'])(
    'a start on %s without tokens is refused with exit code 2 and one line, and makes nothing',
    async (host) => {
      const { code, stderr } = await runMain(at('open', '--host', host));
      expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
      expect(stderr).toContain(`evald: --host ${host} can be reached from other machines`);
      expect(stderr).toContain('evald token create');
      expect(stderr).toContain('--insecure-no-auth');
      await expect(stat(join(folder, 'open'))).rejects.toThrow('ENOENT');
    },
  );

  test.concurrent('a start with a file of tokens that others can read is refused, and makes nothing', async () => {
    const file = tokens('readable');
    await writeFile(file, `alice read ${digestOf(secret)}\n`);
    await chmod(file, 0o644);
    const { code, stderr } = await runMain(at('open', '--tokens', file));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `evald: --tokens: ${file} is open to others than its owner; run chmod 600 ${file}\n`,
    });
  });

  test.concurrent('a start with a wrong line in the file of tokens is refused, and makes nothing', async () => {
    const file = tokens('wrong');
    await writeFile(file, `alice reed ${digestOf(secret)}\n`, { mode: 0o600 });
    const { code, stderr } = await runMain(at('open', '--tokens', file));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `evald: --tokens: ${file}, line 1: a role should be read, submit, admin\n`,
    });
  });

  test.concurrent('a start with a token that is weak is refused without repeating it, and makes nothing', async () => {
    for (const [args, env] of [
      [['--token', 'short-secret'], {}],
      [[], { EVALD_TOKEN: 'short-secret' }],
    ] as const) {
      const { code, stdout, stderr } = await runMain(at('open', ...args), env);
      expect(code).toBe(2);
      expect(stderr).toContain('must be 16 to 512 visible ASCII characters');
      expect(stdout + stderr).not.toContain('short-secret');
    }
  });

  test.concurrent('a start with a token that is empty is refused, and makes nothing: it could not be read', async () => {
    const { code, stderr } = await runMain(at('open'), { EVALD_TOKEN: '' });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'evald: EVALD_TOKEN must not be empty\n' });
  });

  test.concurrent('a start with tokens and --insecure-no-auth is refused, and makes nothing', async () => {
    const { code, stderr } = await runMain(at('open', '--insecure-no-auth'), { EVALD_TOKEN: secret });
    expect(code).toBe(2);
    expect(stderr).toContain('--insecure-no-auth contradicts');
  });
});

test('on an open address with tokens a server asks for them', async (context) => {
  const server = await startServer({ flags: ['--host', '0.0.0.0'], env: { EVALD_TOKEN: secret } });
  context.onTestFinished(async () => void (await server.stop()));
  const url = server.url.replace('0.0.0.0', '127.0.0.1');
  expect(await statusOf(url)).toBe(401);
  expect(await statusOf(url, secret)).toBe(200);
  expect(server.log()).not.toContain('WARN');
});

test('--insecure-no-auth lets every client in, and every start says so', async (context) => {
  for (let start = 0; start < 2; start++) {
    const server = await startServer({ flags: ['--host', '0.0.0.0', '--insecure-no-auth'] });
    context.onTestFinished(async () => void (await server.stop()));
    expect(await statusOf(server.url.replace('0.0.0.0', '127.0.0.1'))).toBe(200);
    expect(server.log()).toMatch(
      / WARN {2}--insecure-no-auth: every client that reaches 0\.0\.0\.0 may start programs/,
    );
  }
});

test('the token of the operator and those of the file are all right', async (context) => {
  const tokens = await tokensFile(context, { alice: 'read' });
  const server = await startServer({ flags: ['--tokens', tokens.file], env: { EVALD_TOKEN: secret } });
  context.onTestFinished(async () => void (await server.stop()));
  expect(await statusOf(server.url, secret)).toBe(200);
  expect(await statusOf(server.url, tokens.tokenOf('alice'))).toBe(200);
  const pause = await send(`${server.url}/queue/pause`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(pause.status).toBe(200);
  await eventually(() => server.log().includes('the queue is paused by operator'));
  expect(server.log()).not.toContain(secret);
});

test('a token on the command line is warned of, and one in the variable is not', async (context) => {
  const open = await startServer({ flags: ['--token', secret] });
  context.onTestFinished(async () => void (await open.stop()));
  expect(open.log()).toMatch(/ WARN {2}--token is on the command line, where every user of the machine can read it/);
  expect(open.log()).not.toContain(secret);
  const hidden = await startServer({ env: { EVALD_TOKEN: secret } });
  context.onTestFinished(async () => void (await hidden.stop()));
  expect(hidden.log()).not.toContain('WARN');
});

test('a run has no token in its environment', async (context) => {
  const server = await startServer({ env: { EVALD_TOKEN: secret } });
  context.onTestFinished(async () => void (await server.stop()));
  const authorization = { authorization: `Bearer ${secret}` };
  const added = await send(`${server.url}/evaluate`, {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'majority', tasks: ['demo_digits'], model_args: { delay: 3600 } }),
  });
  expect(added.status).toBe(200);
  const { job_id: jobId } = added.json as { job_id: string };
  const pids = await eventually(async () => {
    const found = await processesOf(jobId);
    return found.length > 0 && found;
  });
  for (const pid of pids) expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain(secret);
});

describe('SIGHUP', () => {
  test('SIGHUP takes tokens away and gives new ones, and a file that cannot be used changes nothing', async (context) => {
    const tokens = await tokensFile(context, { alice: 'read', bob: 'admin' });
    const server = await startServer({ flags: ['--tokens', tokens.file] });
    context.onTestFinished(async () => void (await server.stop()));
    const hangUp = async (told: string) => {
      server.process.kill('SIGHUP');
      await eventually(() => server.log().includes(told));
    };
    expect(await statusOf(server.url, tokens.tokenOf('alice'))).toBe(200);

    await tokens.write({ bob: 'read', carol: 'submit', dave: 'read' });
    expect(await statusOf(server.url, tokens.tokenOf('carol'))).toBe(401);
    await hangUp('3 tokens are known');
    expect(await statusOf(server.url, tokens.tokenOf('alice'))).toBe(401);
    expect(await statusOf(server.url, tokens.tokenOf('carol'))).toBe(200);
    const pause = { method: 'POST', headers: tokens.bearer('bob') };
    expect((await send(`${server.url}/queue/pause`, pause)).status).toBe(403);

    await writeFile(tokens.file, `carol submit ${digestOf('another')}\nnonsense\n`);
    await hangUp(`ERROR the tokens stay as they were: --tokens: ${tokens.file}, line 2: `);
    expect(await statusOf(server.url, tokens.tokenOf('carol'))).toBe(200);
    await tokens.write({ carol: 'submit' });
    await chmod(tokens.file, 0o640);
    await hangUp(`${tokens.file} is open to others than its owner`);
    expect(await statusOf(server.url, tokens.tokenOf('dave'))).toBe(200);

    await chmod(tokens.file, 0o600);
    await writeFile(tokens.file, '');
    await hangUp(`WARN  ${tokens.file} has no token: no client can call`);
    expect(await statusOf(server.url, tokens.tokenOf('carol'))).toBe(401);
    for (const name of ['alice', 'bob', 'carol', 'dave']) expect(server.log()).not.toContain(tokens.tokenOf(name));
  });

  test('SIGHUP disconnects the clients whose token was taken away, and no others', async (context) => {
    const tokens = await tokensFile(context, { alice: 'read', bob: 'read', carol: 'read' });
    const server = await startServer({ flags: ['--tokens', tokens.file] });
    context.onTestFinished(async () => void (await server.stop()));
    const follow = (name: string) => openEvents(`${server.url}/events`, tokens.bearer(name));
    const [alice, bob, carol] = [await follow('alice'), await follow('bob'), await follow('carol')];
    await tokens.write({ bob: 'read', carol: 'submit' });
    server.process.kill('SIGHUP');
    await Promise.all([alice.ended, carol.ended]);
    expect([alice, carol].map((stream) => stream.isWhole())).toEqual([false, false]);
    const request = { model: 'majority', tasks: ['demo_digits'], limit: 1 };
    const jobId = await submit(server.url, request, tokens.bearer('carol'));
    await eventually(() => dataOf(bob.received).some(({ data }) => data.job_id === jobId));
    bob.close();
  });
});
