import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calledAs } from '../src/cli/frame/calledAs.ts';
import { variableOf } from '../src/config/flags.ts';
import { options } from '../src/config/options.ts';
import { removeFolder } from './support/files/removeFolder.ts';
import { describeWith, otherUsers } from './support/needs.ts';
import { healthOf } from './support/requests/health.ts';
import { type Ended, runMain } from './support/server/runMain.ts';
import { startServer } from './support/server/server.ts';

const main = new URL('../src/evald.ts', import.meta.url).pathname;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
});
afterAll(() => removeFolder(folder));

function expectOneLine({ code, stdout, stderr }: Ended, expected: { code: 1 | 2; says: string }): void {
  expect(stderr).toMatch(/^evald: [^\n]+\n$/);
  expect(stderr).toContain(expected.says);
  expect(stdout).toBe('');
  expect(code).toBe(expected.code);
}

describe('a setting that cannot be used', () => {
  test.concurrent.each([
    ['host', ''],
    ['port', '65536'],
    ['data-dir', '/a,b'],
    ['harness', 'none'],
    ['python', ''],
    ['extra-args', '"open'],
    ['max-completed-jobs', 'all'],
    ['temp-dir-prefix', 'a/b'],
    ['slots', '-1'],
    ['gpus', '0,0'],
    ['backend', 'k8s'],
    ['grace', '-1'],
    ['max-queue', '0'],
  ] as const)(
    'a bad setting ends the command with exit code 2 and one line that names --%s: %j',
    async (name, value) => {
      expectOneLine(await runMain([`--${name}`, value]), { code: 2, says: `--${name} must ` });
    },
  );

  test.concurrent.each([
    [['--slots', '0'], '--slots 0 is as many as'],
    [['--backend', 'slurm', '--gpus', '0'], '--gpus hands out devices of this machine'],
  ])(
    'settings that contradict each other end the command with exit code 2 and one line that says which: %j',
    async (words, says) => {
      expectOneLine(await runMain(words), { code: 2, says });
    },
  );

  test.concurrent('a bad setting ends the command with one line that names the variable it came from', async () => {
    expectOneLine(await runMain([], { EVALD_SLOTS: 'two' }), { code: 2, says: 'EVALD_SLOTS must ' });
  });

  test.concurrent.each([['--colour'], ['--port'], ['serv'], ['journal'], ['-x']])(
    'an unknown argument ends the command with exit code 2 and one line that names it: %s',
    async (word) => {
      expectOneLine(await runMain([word]), { code: 2, says: word });
    },
  );
});

test.concurrent('serve --help prints every option with its variable, and starts nothing', async () => {
  const { code, stdout, stderr } = await runMain(['serve', '--help', '--data-dir', join(folder, 'never-made')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const name of Object.keys(options) as (keyof typeof options)[]) {
    expect(stdout).toContain(`--${name} `);
    expect(stdout).toContain(variableOf(name));
  }
});

test.concurrent('--version prints the version of the package, and `serve` is what is done without a command', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await runMain(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expectOneLine(await runMain(['serve', '--slots', 'two']), { code: 2, says: '--slots must ' });
  expectOneLine(await runMain(['--port', '0', 'serve']), { code: 2, says: '"serve"' });
});

test.concurrent('the help says how evald was called, fits a terminal, and has every command', async () => {
  const { stdout } = await runMain(['--help']);
  expect(stdout).toMatch(/^Usage: node \S*evald\.ts COMMAND/);
  expect(calledAs('/usr/lib/node_modules/evald/dist/evald.js', {})).toBe('evald');
  expect(calledAs('/src/evald.ts', { npm_lifecycle_event: 'start' })).toBe('npm start --');
  for (const command of ['check', 'journal', 'token', 'demo']) expect(stdout).toMatch(new RegExp(` ${command} +[a-z]`));
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.concurrent.each([
  [['journal', 'check', '--help'], '--data-dir'],
  [['journal', '--help'], 'export'],
  [['demo', '--help'], 'three evaluations'],
])('the command %j is answered by its own help', async (args, says) => {
  const { code, stdout, stderr } = await runMain(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(says);
  expect(stdout).not.toContain('--port');
});

test.concurrent('the help ends quietly when its output is closed', async () => {
  const line = 'set -o pipefail; "$0" "$1" --help | head -n 1';
  const child = spawn('bash', ['-c', line, process.execPath, main], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: [^\n]+\n$/);
});

test.concurrent('a value may look like a flag of the command itself', async () => {
  const flags = ['--extra-args', '--help', '--slots', 'two'];
  expectOneLine(await runMain(flags), { code: 2, says: '--slots must ' });
});

describeWith(otherUsers, 'a user without HOME and without an entry in /etc/passwd', () => {
  /** As `docker run --user 12345`. */
  async function started(...args: string[]) {
    const user = { uid: 54_321, gid: 54_321, cwd: '/', env: { PATH: process.env['PATH'] } };
    const child = spawn(process.execPath, [main, ...args], { ...user, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: child.exitCode, stdout, stderr };
  }

  test('a user without HOME is asked for --data-dir in one line, by the server and by its commands', async () => {
    for (const words of [[], ['journal', 'check']]) {
      expectOneLine(await started(...words), { code: 2, says: '--data-dir must be given: there is no HOME' });
    }
  });

  test('a user without HOME reads the help, makes tokens, and starts a server on a folder that it names', async () => {
    expect(await started('serve', '--help')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('--data-dir'),
    });
    expect(await started('token', 'create', 'alice', '--role', 'read')).toMatchObject({ code: 0 });
    // It has no right to make a folder there: so far, and no further, it comes without a home.
    const folder = '/nowhere/evald';
    expectOneLine(await started('--data-dir', folder, '--port', '0'), { code: 1, says: `--data-dir ${folder}: ` });
  });
});

describe('compiled code', () => {
  /** Without the folder that `keepCompiled` names for all. */
  const ownChoice = { NODE_COMPILE_CACHE: '' };

  test.concurrent('compiled code is kept for the next start, in the folder for caches', async () => {
    const caches = join(folder, 'caches');
    await runMain(['--help'], { XDG_CACHE_HOME: caches, ...ownChoice });
    expect(await readdir(join(caches, 'evald', 'compiled'))).not.toEqual([]);
  });

  test.concurrent('compiled code is not kept where nothing can be written, without a message', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const { code, stderr } = await runMain(['--help'], { XDG_CACHE_HOME: file, ...ownChoice });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('what the machine refuses', () => {
  const flags = ['--harness', 'demo', '--data-dir'];

  test.concurrent.each(['127.0.0.1', 'localhost'])(
    'a port in use on %s ends the command with exit code 1 and one line',
    async (host) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const ended = await runMain([...flags, join(folder, host), '--host', host, '--port', String(port)]);
      other.close();
      expectOneLine(ended, { code: 1, says: `port ${port} of ${host} is in use; choose another --port` });
    },
  );

  test.concurrent('a host that does not exist ends the command with exit code 1 and one line', async () => {
    const ended = await runMain([...flags, join(folder, 'host'), '--host', 'no-such-host.invalid', '--port', '0']);
    expectOneLine(ended, { code: 1, says: 'no-such-host.invalid' });
  });

  test.concurrent('a data folder that is a file ends the command with exit code 1 and one line', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expectOneLine(await runMain([...flags, file, '--port', '0']), { code: 1, says: file });
  });
});

test('flags and variables reach the server, and localhost is every loopback address of the machine', async () => {
  const server = await startServer({
    flags: ['--host', 'localhost', '--slots', '3', '--extra-args', '--limit 3'],
    env: { EVALD_SLOTS: '2', EVALD_MAX_QUEUE: '5' },
  });
  try {
    const { port } = new URL(server.url);
    const loopbacks = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ address }) => address === '127.0.0.1' || address === '::1');
    expect(loopbacks).not.toEqual([]);
    for (const { address, family } of loopbacks) {
      const health = await healthOf(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}`);
      expect(health).toMatchObject({ status: 'healthy', harness: 'demo', slots: 3 });
    }
    expect(server.log()).toContain('harness demo, backend local, slots 3');
  } finally {
    await server.stop();
  }
});
