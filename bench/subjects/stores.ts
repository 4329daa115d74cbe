import { execFile, execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { postgresBin } from '../../test/support/needs.ts';
import { end } from './process.ts';

const run = promisify(execFile);
/** Milliseconds that a store gets to answer for the first time. */
const LONGEST_START = 60_000;

/** A database that a queue keeps its jobs in. It listens on a Unix socket alone. */
export type Store = {
  pid: number;
  /** The socket, for Redis; the folder of the socket, for PostgreSQL. */
  socket: string;
  /** Asks it, as its own command-line client does. @returns what that printed. */
  ask(...question: string[]): Promise<string>;
  stop(): Promise<void>;
  /** Ends it at once, so that what it has not written is lost. */
  crash(): Promise<void>;
};

/** Starts Redis with a log that is on the disk before it answers. @param folder its own. */
export function startRedis(folder: string): Promise<Store> {
  const socket = join(folder, 'redis.sock');
  const args = ['--port', '0', '--unixsocket', socket, '--dir', folder];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const ask = (...question: string[]) => answerOf('redis-cli', ['-s', socket, ...question]);
  const command = {
    program: 'redis-server',
    args: [...args, ...durable],
    folder,
    stop: 'SIGTERM',
    crash: 'SIGKILL',
  } as const;
  return startStore(command, { socket, ask, isReady: async () => (await ask('ping')) === 'PONG' });
}

/** A folder of a cluster, for the user that PostgreSQL runs as: it does not run as root. */
export type ClusterFolder = { folder: string; owner: { uid: number; gid: number } | undefined; remove(): void };

/**
 * A new folder on the same disk as another one, that PostgreSQL's user can reach: a folder of root's is none.
 * @throws where there is no such disk, or no user postgres.
 */
export function newClusterFolder(beside: string): ClusterFolder {
  const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
  const parent = [beside, tmpdir(), '/var/tmp'].find(
    (path) => statSync(path).dev === statSync(beside).dev && spawnSync('test', ['-x', path], { ...owner }).status === 0,
  );
  if (parent === undefined) throw new Error(`no folder on the disk of ${beside} can be reached by the user postgres`);
  const folder = mkdtempSync(join(parent, 'evald-postgres-'));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  return { folder, owner, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const idOf = (which: '-u' | '-g') => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));

/** Makes a cluster in an empty folder. Its socket lies in the folder too, so that no other user can connect. */
export function initCluster({ folder, owner }: ClusterFolder): void {
  const args = ['--pgdata', join(folder, 'data'), '--username', 'postgres', '--auth', 'trust', '--no-locale'];
  const stdio: SpawnOptions['stdio'] = ['ignore', 'ignore', 'inherit'];
  execFileSync(programOf('initdb'), [...args, '--encoding', 'UTF8'], { cwd: folder, stdio, ...owner });
}

/** Starts PostgreSQL on a cluster, as it comes: a commit is on the disk before it is answered. */
export function startPostgres({ folder, owner }: ClusterFolder): Promise<Store> {
  const settings = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`];
  const args = ['-D', join(folder, 'data'), ...settings];
  const ask = (...question: string[]) =>
    answerOf(programOf('psql'), ['-XAt', '-h', folder, '-U', 'postgres', '-c', question.join(' ')]);
  // INT: it does not wait for its clients. QUIT: its processes end each other, which KILL would leave behind.
  const command = { program: programOf('postgres'), args, folder, owner, stop: 'SIGINT', crash: 'SIGQUIT' } as const;
  return startStore(command, { socket: folder, ask, isReady: async () => (await ask('SELECT 1')) === '1' });
}

const programOf = (name: string) => join(postgresBin ?? '', name);

async function answerOf(program: string, args: string[]): Promise<string> {
  return (await run(program, args)).stdout.trim();
}

type Command = {
  program: string;
  args: readonly string[];
  folder: string;
  owner?: ClusterFolder['owner'];
  stop: NodeJS.Signals;
  crash: NodeJS.Signals;
};
type Asked = Pick<Store, 'socket' | 'ask'> & { isReady(): Promise<boolean> };

async function startStore(command: Command, { socket, ask, isReady }: Asked): Promise<Store> {
  const { program, args, folder, owner, stop, crash } = command;
  const log = join(folder, 'log');
  const output = openSync(log, 'w');
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', output, output], ...owner });
  closeSync(output);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const deadline = performance.now() + LONGEST_START;
  try {
    while (!(await Promise.race([isReady().catch(() => false), failed]))) {
      if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
      if (performance.now() > deadline) throw new Error('it did not answer in time');
      await setTimeout(20);
    }
  } catch (error) {
    if (child.pid !== undefined) await end(child, 'SIGKILL');
    throw new Error(`${program} ${args.join(' ')}: ${error}\n${readFileSync(log, 'utf8').slice(-2_000)}`);
  }
  return { pid: child.pid ?? 0, socket, ask, stop: () => end(child, stop), crash: () => end(child, crash) };
}
