import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';
import { emptyHome, evald, evaldOnTerminal } from './asked.ts';

async function guarded() {
  const tokens = await tokensFile({ onTestFinished }, { reader: 'read', sender: 'submit', boss: 'admin' });
  const server = await startServer({ flags: ['--tokens', tokens.file] });
  onTestFinished(async () => void (await server.stop()));
  const { home, remove } = await emptyHome();
  onTestFinished(remove);
  return { tokens, server, home, env: { EVALD_SERVER: server.url, XDG_CONFIG_HOME: home } };
}

test('a token that may read looks at everything, and what it may not do is exit code 4', async () => {
  const { tokens, env } = await guarded();
  const reader = { ...env, EVALD_TOKEN: tokens.tokenOf('reader') };
  for (const args of [['ls'], ['queue'], ['health'], ['tasks']]) {
    expect(await evald(args, { env: reader })).toMatchObject({ code: 0 });
  }
  for (const args of [
    ['submit', 'majority', 'demo_digits'],
    ['pause'],
    ['cancel', '3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55'],
  ]) {
    const { code, stdout, stderr } = await evald(args, { env: reader });
    expect({ args, code, stdout }).toEqual({ args, code: 4, stdout: '' });
    expect(stderr).toContain('Try: evald login');
    expect(stderr).not.toContain(tokens.tokenOf('reader'));
  }
  for (const wrong of ['', 'not-a-token']) {
    const { code, stderr } = await evald(['ls'], { env: { ...env, EVALD_TOKEN: wrong } });
    expect(code).toBe(4);
    expect(stderr).not.toContain('not-a-token');
  }
});

test('login keeps servers for their owner alone, config chooses among them, and neither shows a token', async () => {
  const { tokens, server, home } = await guarded();
  const env = { XDG_CONFIG_HOME: home, EVALD_SERVER: '' };
  const token = tokens.tokenOf('sender');
  const refused = await evald(['login', 'lab', server.url, '--token-stdin'], { env, input: 'wrong\n' });
  expect(refused.code).toBe(4);
  const kept = await evald(['login', 'lab', server.url, '--token-stdin'], { env, input: `${token}\n` });
  expect(kept).toMatchObject({ code: 0, stdout: '' });
  const file = join(home, 'evald', 'servers.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toContain(token);

  const other = await startServer();
  onTestFinished(async () => void (await other.stop()));
  expect(await evald(['login', 'mine', other.url, '--without-token'], { env })).toMatchObject({ code: 0 });
  const list = await evald(['config', 'list', '-o', 'csv'], { env });
  expect(list.stdout).toBe(`name,url,token,in_use\nlab,${server.url},yes,\nmine,${other.url},no,yes\n`);
  const queued = await evald(['submit', 'majority', 'demo_digits', '--server', 'lab'], { env });
  expect(queued.code).toBe(0);
  expect((await evald(['ls', '-o', 'name'], { env })).stdout).toBe('');
  expect(await evald(['config', 'use', 'lab'], { env })).toMatchObject({ code: 0 });
  expect((await evald(['ls', '-o', 'name'], { env })).stdout).toBe(queued.stdout);
  expect(await evald(['config', 'use', 'labb'], { env })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean lab?'),
  });
  for (const { stdout, stderr } of [refused, kept, list]) expect(stdout + stderr).not.toContain(token);

  await chmod(file, 0o644);
  expect(await evald(['ls'], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 ${file}`) });
});

test('login asks for the token on a terminal without showing it, and asks nothing without one', async () => {
  const { tokens, server, home } = await guarded();
  const env = { XDG_CONFIG_HOME: home, EVALD_SERVER: '' };
  const token = tokens.tokenOf('boss');
  const { code, shown } = await evaldOnTerminal(['login', 'lab', server.url], { env }, [
    { after: 'Token for', press: `${token}\r` },
  ]);
  expect({ code, shown }).toEqual({ code: 0, shown: expect.stringContaining('is used from now on') });
  expect(shown).not.toContain(token);
  expect((await evald(['pause', '-o', 'name'], { env })).stdout).toBe('paused\n');
  const script = await evald(['login', 'lab', server.url], { env });
  expect(script).toMatchObject({ code: 2, stderr: expect.stringContaining('--token-stdin') });
});
