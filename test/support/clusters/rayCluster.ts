import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createRayApi, type RayApi } from '../../../src/runner/backends/ray/api.ts';
import { removeFolder } from '../files/removeFolder.ts';
import { rayVenv } from '../needs.ts';
import { isRunning } from '../runs/processes.ts';
import { freePorts } from '../server/freePorts.ts';

const run = promisify(execFile);

/** Milliseconds in which a cluster, or its dashboard, is up, or not at all. */
const START_LIMIT = 60_000;
/** Made-up devices of the one node. */
export const GPUS = 8;
/** Seconds that a job may wait for its devices before Ray fails it; 900 if nobody says. */
const JOB_START_TIMEOUT = 12;
/** In every process of a cluster: its folder. */
const MARK = 'TEST_RAY';

/** A real Ray of this machine's own, on loopback: one node, with devices that are made up. */
export type RayCluster = {
  /** Of its dashboard, with the Jobs API. */
  url: string;
  /** Holds the token that it wants. */
  tokenFile: string;
  api: RayApi;
  dashboard: {
    /** Ends it with SIGKILL. What runs goes on. */
    kill(): Promise<void>;
    /** Starts it as it was started before, and waits until it answers. */
    start(): Promise<void>;
  };
  /** Starts one more node, and waits until the cluster has it. */
  addNode(has: { cpus: number; resources: Record<string, number> }): Promise<void>;
  /** Ends all of its processes with SIGKILL and starts it again: it remembers nothing. */
  restart(): Promise<void>;
  /** Ends all of its processes and deletes its folder. */
  stop(): Promise<void>;
};

/** Starts a cluster and waits until it answers. @throws with the end of its log when it does not come up. */
export async function startRayCluster(): Promise<RayCluster> {
  // Short: sockets lie in it.
  const folder = await mkdtemp(join(tmpdir(), 'evald-ray-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  const [port, dashboardPort, agentPort, clientPort] = await freePorts(4);
  const url = `http://127.0.0.1:${dashboardPort}`;
  const api = createRayApi({ url, tokenFile });
  const env = {
    PATH: `${join(rayVenv, 'bin')}:/usr/bin:/bin`,
    HOME: folder,
    LANG: 'C.UTF-8',
    [MARK]: folder,
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN_PATH: tokenFile,
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_enable_metrics_collection: '0',
    RAY_JOB_START_TIMEOUT_SECONDS: String(JOB_START_TIMEOUT),
    // As of somebody who started Ray in the job of another engine: no run may see that.
    SLURM_PROCID: '0',
    RANK: '0',
    WORLD_SIZE: '4',
    EVALD_WEBHOOK_SECRET: 'of-the-raylet',
  };
  const flags = [
    ['--head', '--node-ip-address=127.0.0.1', `--port=${port}`, '--dashboard-host=127.0.0.1'],
    [`--dashboard-port=${dashboardPort}`, `--dashboard-agent-listen-port=${agentPort}`],
    [`--ray-client-server-port=${clientPort}`, '--num-cpus=32', `--num-gpus=${GPUS}`],
    ['--object-store-memory=100000000', `--temp-dir=${folder}`, '--disable-usage-stats'],
  ].flat();
  const answering = () => answers(api, folder);
  const stop = async () => {
    await endAll(folder);
    await removeFolder(folder);
  };
  const start = async () => {
    await run(join(rayVenv, 'bin', 'ray'), ['start', ...flags], { env, timeout: START_LIMIT });
    await answering();
  };
  const addNode = async ({ cpus, resources }: { cpus: number; resources: Record<string, number> }) => {
    const [agent] = await freePorts(1);
    const own = [
      ...[`--address=127.0.0.1:${port}`, '--node-ip-address=127.0.0.1', `--dashboard-agent-listen-port=${agent}`],
      ...[`--num-cpus=${cpus}`, '--num-gpus=0', `--resources=${JSON.stringify(resources)}`],
      ...['--object-store-memory=100000000', '--disable-usage-stats'],
    ];
    const before = (await api.nodes()).length;
    await run(join(rayVenv, 'bin', 'ray'), ['start', ...own], { env, timeout: START_LIMIT });
    for (const end = performance.now() + START_LIMIT; (await api.nodes()).length === before; await setTimeout(100)) {
      if (performance.now() > end) throw new Error('the node did not join');
    }
  };
  const restart = async () => {
    await endAll(folder);
    await start();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const dashboard = { kill: () => killDashboard(folder), start: () => startDashboard(folder, answering) };
  return { url, tokenFile, api, dashboard, addNode, restart, stop };
}

async function answers(api: RayApi, folder: string): Promise<void> {
  const end = performance.now() + START_LIMIT;
  for (;;) {
    try {
      await Promise.all([api.jobs(), api.nodes()]);
      return;
    } catch (error) {
      if (performance.now() > end) throw new Error(`Ray did not come up: ${error}\n${await logOf(folder)}`);
    }
    await setTimeout(100);
  }
}

async function logOf(folder: string): Promise<string> {
  const log = join(folder, 'session_latest', 'logs', 'dashboard.log');
  return (await readFile(log, 'utf8').catch(String)).split('\n').slice(-20).join('\n');
}

const DASHBOARD = 'dashboard/dashboard.py';
const commandFile = (folder: string) => join(folder, 'dashboard.json');

/** Kills it with all that it has started; how it was started is kept for `startDashboard`. */
async function killDashboard(folder: string): Promise<void> {
  const processes = await processesIn(folder);
  const main = processes.find(({ command }) => command.some((word) => word.endsWith(DASHBOARD)));
  if (main === undefined) throw new Error('there is no dashboard');
  const cwd = await readlink(`/proc/${main.pid}/cwd`);
  await writeFile(commandFile(folder), JSON.stringify({ command: main.command, env: main.env, cwd }));
  await chmod(commandFile(folder), 0o600);
  const pids = [main.pid];
  for (const pid of pids) pids.push(...processes.filter(({ parent }) => parent === pid).map(({ pid }) => pid));
  await killPids(pids);
}

async function startDashboard(folder: string, answering: () => Promise<void>): Promise<void> {
  const { command, env, cwd } = JSON.parse(await readFile(commandFile(folder), 'utf8'));
  spawn(command[0], command.slice(1), { env, cwd, detached: true, stdio: 'ignore' }).unref();
  await answering();
}

/** By their mark and their pids: `ray stop` would end every Ray of this machine. */
async function endAll(folder: string): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const processes = await processesIn(folder);
    if (processes.length === 0) return;
    await killPids(processes.map(({ pid }) => pid));
  }
}

async function killPids(pids: number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  for (const pid of pids) while (await isRunning(pid)) await setTimeout(10);
}

type Found = { pid: number; parent: number; command: string[]; env: Record<string, string> };

async function processesIn(folder: string): Promise<Found[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 1);
  const found = await Promise.all(pids.map((pid) => read(pid).catch(() => null)));
  return found.filter((process): process is Found => process?.env[MARK] === folder);
}

async function read(pid: number): Promise<Found | null> {
  if (!(await isRunning(pid))) return null;
  const [status = '', words = '', variables = ''] = await Promise.all(
    ['status', 'cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  );
  const env = variables.split('\0').flatMap((text) => {
    const at = text.indexOf('=');
    return at > 0 ? [[text.slice(0, at), text.slice(at + 1)] as const] : [];
  });
  const command = words.split('\0').slice(0, -1);
  return { pid, parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), command, env: Object.fromEntries(env) };
}
