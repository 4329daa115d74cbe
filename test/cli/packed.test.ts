import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shells } from '../../src/cli/completion/scripts.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { pack } from '../support/server/packed.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** What npm says where it reaches no registry. */
const NO_REGISTRY = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED/;
/** What completes this line, in a shell that has sourced its script: `evald do`. */
const COMPLETIONS = {
  bash: 'source <(npx evald completion bash); COMP_WORDS=(evald do); COMP_CWORD=1; _evald; echo "$COMPREPLY"',
  zsh: 'autoload -Uz compinit && compinit -D -u; source <(npx evald completion zsh); print $_comps[evald]',
  fish: "npx evald completion fish | source; complete -C 'evald do'",
} as const;
const COMPLETED = { bash: /^doctor$/m, zsh: /^_evald$/m, fish: /^doctor\b/m } as const;

let folder: string;
let missing: string | null = null;
let server: ChildProcess | undefined;
let log = '';
let url = '';

/** The environment of a user: none of this checkout's programs. Which certificates a registry may have is the machine's to say. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_(?!EXTRA_CA_CERTS$)|VITEST|EVALD_)/i.test(name)),
  ),
  PATH: [
    join(folder, 'node_modules', '.bin'),
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules')),
  ].join(':'),
  HOME: folder,
  XDG_CACHE_HOME: join(folder, 'cache'),
  ...npmConfig,
  ...(url !== '' && { EVALD_SERVER: url }),
});
/** Which registry and cache there are is the machine's to say. */
const npmConfig = Object.fromEntries(
  ['cache', 'userconfig', 'globalconfig', 'registry'].map((name) => [
    `npm_config_${name}`,
    spawnSync('npm', ['config', 'get', name], { encoding: 'utf8' }).stdout.trim(),
  ]),
);

async function command(program: string, args: readonly string[]) {
  const child = spawn(program, args, { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
const evald = (...args: string[]) => command('npx', ['evald', ...args]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  await mkdir(join(folder, 'packed'));
  const archive = pack(join(folder, 'packed'));
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const { code, stderr } = await command('npm', [
    ...['install', archive, '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries', '0'],
  ]);
  if (code === 0) return;
  if (!NO_REGISTRY.test(stderr)) throw new Error(`the package cannot be installed: ${stderr}`);
  missing = 'npm has not all packages in its cache, and reaches no registry';
});
afterAll(async () => {
  await end();
  await removeFolder(folder);
});

/** Ends what `npx` has started, as Ctrl-C does. */
async function end(): Promise<void> {
  if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  // When the last of them has closed what it writes to.
  const ended = once(server, 'close');
  process.kill(-server.pid, 'SIGINT');
  await ended;
}

describe('the published package', () => {
  test('the published package, installed into an empty folder, has the version that it was packed with', async ({
    skip,
  }) => {
    skip(missing !== null, missing ?? '');
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await evald('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('the published package serves, evaluates by the demo harness, and lists the job', async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    server = spawn(
      'npx',
      ['evald', 'serve', '--port', '0', '--host', '127.0.0.1', '--data-dir', join(folder, 'data'), '--harness', 'demo'],
      { cwd: folder, env: environment(), stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
    url = await eventually(() => {
      if (server?.exitCode !== null) throw new Error(`the server has ended: ${log}`);
      return /listens on (http:\S+);/.exec(log)?.[1];
    });
    const submitted = await evald('submit', 'nearest-template', 'demo_digits', '--wait');
    expect(submitted, submitted.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/ completed: 0\.\d+ /),
    });
    const listed = await evald('ls', '-o', 'json');
    expect(JSON.parse(listed.stdout).jobs, listed.stderr).toMatchObject([
      { job_id: submitted.stdout.trim(), status: 'completed' },
    ]);
  });

  test('the client of the published package is imported by its name, and reaches the server', async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    const program = `
      import { createClient } from 'evald/client';
      import * as library from 'evald';
      const { jobs } = await createClient({ server: process.env.EVALD_SERVER }).jobs();
      console.log(jobs.length, typeof library.JobScheduler);`;
    const said = await command(process.execPath, ['--input-type=module', '-e', program]);
    expect(said, said.stderr).toMatchObject({ code: 0, stdout: '1 function\n' });
  });

  test('the published package has what it draws plots and writes Parquet with', async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    const drawn = await evald('plot', '--task', 'demo_digits', '--x', 'time', '--svg', 'scores.svg');
    expect(drawn, drawn.stderr).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'scores.svg'), 'utf8')).toContain('nearest-template');
    const exported = await evald('export', '-o', 'parquet', '--file', 'scores.parquet');
    expect(exported, exported.stderr).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, 'scores.parquet'))).subarray(0, 4).toString()).toBe('PAR1');
  });

  test.for(shells)('the published package completes in %s, where that is installed', async (shell, { skip }) => {
    skip(missing !== null, missing ?? '');
    skip(spawnSync(shell, ['-c', ':']).status !== 0, `there is no ${shell} (needs npm run setup:terminal)`);
    const { code, stdout, stderr } = await command(shell, ['-c', COMPLETIONS[shell]]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(COMPLETED[shell]);
  });

  test('the published server ends by Ctrl-C, and says so', async ({ skip }) => {
    skip(missing !== null || server === undefined, missing ?? 'it was not started');
    await end();
    expect(log).toMatch(/ stopped\n$/);
  });
});
