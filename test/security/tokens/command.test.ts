import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/security/tokens/token.ts';
import { type Ended, runMain } from '../../support/server/runMain.ts';
import { startServer } from '../../support/server/server.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  file = join(folder, 'tokens');
});
afterEach(() => rm(folder, { recursive: true }));

const create = (...args: string[]) => runMain(['token', 'create', ...args]);
const tokenOf = ({ stdout }: Ended) => stdout.split('\n')[0] ?? '';

describe('evald token create', () => {
  test('evald token create prints a token, and the line for the file that has its digest', async () => {
    const { code, stdout, stderr } = await create('alice', '--role', 'submit');
    expect(code).toBe(0);
    const [token = '', line] = stdout.split('\n');
    expect(token).toMatch(/^evald_[\w-]{43}$/);
    expect(line).toBe(`alice submit ${digestOf(token)}`);
    expect(stdout).toBe(`${token}\n${line}\n`);
    expect(stderr).not.toContain(token);
  });

  test('evald token create makes the file, for its owner alone, and adds to it; a server that reads it accepts the tokens', async () => {
    const alice = await create('alice', '--role', 'read', '--tokens', file);
    expect(alice).toMatchObject({ code: 0, stdout: `${tokenOf(alice)}\n` });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // As an editor may leave it.
    await writeFile(file, `# ours\n${(await readFile(file, 'utf8')).trimEnd()}`);
    const bob = await create('--tokens', file, '--role=admin', 'bob');
    expect(await readFile(file, 'utf8')).toBe(
      `# ours\nalice read ${digestOf(tokenOf(alice))}\nbob admin ${digestOf(tokenOf(bob))}\n`,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['tokens']);

    const server = await startServer({ flags: ['--tokens', file] });
    const statusOf = async (path: string, method: string, ended: Ended) =>
      (await fetch(server.url + path, { method, headers: { authorization: `Bearer ${tokenOf(ended)}` } })).status;
    try {
      expect(await statusOf('/queue', 'GET', alice)).toBe(200);
      expect(await statusOf('/queue/pause', 'POST', alice)).toBe(403);
      expect(await statusOf('/queue/pause', 'POST', bob)).toBe(200);
    } finally {
      await server.stop();
    }
  });

  test('evald token create makes one that a server refuses from its time on, and ends what is open with it then', async () => {
    const made = await create('trial', '--role', 'read', '--expires', '90d', '--tokens', file);
    const line = (await readFile(file, 'utf8')).trimEnd();
    const until = Date.parse(line.split(' expires=')[1] ?? '');
    expect(Math.abs(until - Date.now() - 90 * 86_400_000)).toBeLessThan(600_000);
    const server = await startServer({ flags: ['--tokens', file] });
    const ask = (path: string) => fetch(server.url + path, { headers: { authorization: `Bearer ${tokenOf(made)}` } });
    try {
      const stream = await ask('/events');
      expect(stream.status).toBe(200);
      await writeFile(file, `${line.split(' expires=')[0]} expires=${new Date(Date.now() + 1_000).toISOString()}\n`);
      server.process.kill('SIGHUP');
      await expect(stream.text()).rejects.toThrow();
      const answer = await ask('/queue');
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ detail: expect.stringMatching(/^This token expired at \d{4}-/) });
    } finally {
      await server.stop();
    }
  });

  test('evald token create keeps a link to the file a link', async () => {
    await writeFile(join(folder, 'real'), '', { mode: 0o600 });
    await symlink(join(folder, 'real'), file);
    expect((await create('alice', '--role', 'read', '--tokens', file)).code).toBe(0);
    expect(await readFile(join(folder, 'real'), 'utf8')).toMatch(/^alice read /);
    expect((await readdir(folder)).sort()).toEqual(['real', 'tokens']);
  });

  test('evald token create takes the file from its variable, as the server does', async () => {
    const { code } = await runMain(['token', 'create', 'alice', '--role', 'read'], { EVALD_TOKENS: file });
    expect(code).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/^alice read /);
  });

  test('evald token create, run many times at once, adds each token or says why not; no name twice', async () => {
    const names = ['a', 'b', 'c', 'same', 'same'];
    const ended = await Promise.all(names.map((name) => create(name, '--role', 'read', '--tokens', file)));
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(ended.filter(({ code }) => code === 0).length);
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(lines.length);
    for (const { code, stdout, stderr } of ended.filter(({ code }) => code !== 0)) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/another process adds a token now|has a token of same already/);
    }
    expect(await readdir(folder)).toEqual(['tokens']);
  });

  test.each<[string[], string]>([
    [['--role', 'read'], 'NAME is missing'],
    [['alice'], '--role is missing: read, submit, admin'],
    [['alice', '--role', 'root'], 'a role should be read, submit, admin'],
    [['alice', '--role', 'read', '--expires', 'soon'], '--expires should be a time to come: 90d, 12h, 2027-02-27'],
    [['alice', '--role', 'read', '--expires', '2020-01-01'], '--expires should be a time to come'],
    [['al ice', '--role', 'read'], 'a name should be 1 to 64 letters'],
    [['operator', '--role', 'read'], 'the name operator is kept'],
    [['alice', 'bob', '--role', 'read'], 'one NAME, not 2'],
    [['alice', '--role', 'read', '--colour'], '--colour'],
  ])('evald token create %j is refused in one line, and makes nothing', async (args, words) => {
    const { code, stdout, stderr } = await create(...args, '--tokens', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^evald: [^\n]+\n$/);
    expect(stderr).toContain(words);
    expect(await readdir(folder)).toEqual([]);
  });

  test('evald token create refuses a name that is taken, and a file that others can read, and leaves the file as it is', async () => {
    await create('alice', '--role', 'read', '--tokens', file);
    const before = await readFile(file, 'utf8');
    const again = await create('alice', '--role', 'admin', '--tokens', file);
    expect(again).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('has a token of alice already'),
    });
    await rm(file);
    await writeFile(file, before, { mode: 0o644 });
    const open = await create('bob', '--role', 'read', '--tokens', file);
    expect(open).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`run chmod 600 ${file}`) });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['tokens']);
  });
});

test('evald token says what it can do', async () => {
  for (const args of [['--help'], ['create', '-h'], ['create', 'alice', '--help']]) {
    const { code, stdout } = await runMain(['token', ...args]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: node \S+ token create NAME /);
  }
  expect(await runMain(['token', 'make'])).toMatchObject({
    code: 2,
    stderr: 'evald: token: make is no verb; create\n',
  });
  expect(await runMain(['token'])).toMatchObject({ code: 2, stderr: 'evald: token: nothing is no verb; create\n' });
});
