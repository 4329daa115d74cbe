import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder } from '../files/removeFolder.ts';
import { eventually } from '../waiting/eventually.ts';
import { createAccounting } from './slurm/accounting.ts';
import { type Size, writeConfiguration } from './slurm/configuration.ts';
import { createDaemon, type Daemon } from './slurm/daemon.ts';

const run = promisify(execFile);

/** Milliseconds in which a cluster is up, or not at all. */
const START_LIMIT = 60_000;
/** Milliseconds its jobs get to end when it is stopped. */
const JOBS_LIMIT = 15_000;

/** A real Slurm of this machine's own, on loopback. */
export type SlurmCluster = {
  folder: string;
  /** What its commands need in their environment. */
  env: Record<string, string>;
  /** Runs one of Slurm's commands and tells its output without the last line end. */
  command(program: string, ...args: string[]): Promise<string>;
  controller: Daemon;
  /** Where it has accounts. */
  slurmdbd: Daemon | null;
  /** Waits until the controller answers. */
  answering(): Promise<unknown>;
  /** Deletes what the controller has saved, while it is down: jobs, and which ids were given out. */
  forget(): Promise<void>;
  /** By the names of the nodes: n1, n2, … */
  nodes: Record<string, Daemon>;
  /** Ends its jobs and its daemons, and deletes its folder. */
  stop(): Promise<void>;
};

/** Starts a cluster and waits until its nodes are idle. @throws with the ends of the daemons' logs when it does not come up. */
export async function startSlurmCluster(size: Partial<Size> = {}): Promise<SlurmCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-slurm-'));
  const names = await writeConfiguration(folder, {
    nodes: 2,
    cpus: 16,
    gpus: 2,
    minJobAge: 300,
    maxJobCount: 10_000,
    accounting: false,
    preemption: null,
    ...size,
  });
  const { PATH = '/usr/bin:/bin' } = process.env;
  const env = { PATH: `${PATH}:/usr/sbin:/sbin`, SLURM_CONF: join(folder, 'slurm.conf') };
  const at = (...parts: string[]) => join(folder, ...parts);
  const munge = createDaemon(
    ['munged', '--foreground', `--key-file=${at('munge', 'key')}`, `--socket=${at('munge', 'socket')}`].concat(
      `--pid-file=${at('munge', 'pid')}`,
      `--seed-file=${at('munge', 'seed')}`,
      '--num-threads=2',
      '--force',
    ) as [string, ...string[]],
    env,
    at('log', 'munged.log'),
  );
  const controller = createDaemon(['slurmctld', '-D', '-i'], env, at('log', 'slurmctld.log'));
  const nodes = Object.fromEntries(
    names.map((name) => [name, createDaemon(['slurmd', '-D', '-N', name], env, at('log', `slurmd.${name}.log`))]),
  );
  const command = async (program: string, ...args: string[]) =>
    (await run(program, args, { env: { ...env, LC_ALL: 'C' }, timeout: 30_000 })).stdout.trimEnd();
  const accounting = size.accounting ? createAccounting(folder, env, command, 'evald') : null;
  // In the order in which they end: what the controller has to say of its last jobs reaches the database.
  const daemons = [...Object.values(nodes), controller, ...(accounting?.daemons ?? []), munge];
  const answering = () => eventually(async () => (await command('scontrol', 'ping').catch(() => '')).includes('is UP'));
  const stop = async () => {
    await endJobs(command).catch(() => {});
    for (const daemon of daemons) await daemon.end();
    await killOf(at('slurm.conf'));
    await removeFolder(folder);
  };

  const come = async () => {
    await munge.start();
    await eventually(async () => (await readdir(at('munge'))).includes('socket'));
    await accounting?.start();
    await controller.start();
    await answering();
    for (const node of Object.values(nodes)) await node.start();
    await eventually(async () => {
      const states = (await command('sinfo', '-h', '-N', '-p', 'debug', '-o', '%T').catch(() => '')).split('\n');
      return states.length === names.length && states.every((state) => state === 'idle');
    });
  };
  try {
    await within(START_LIMIT, come());
  } catch (error) {
    const logs = await endsOf(at('log'));
    await stop();
    throw new Error(`the cluster did not come up: ${error}\n${logs}`);
  }
  const forget = async () => {
    for (const name of await readdir(at('state'))) {
      if (name.startsWith('job_state')) await rm(at('state', name));
    }
  };
  const slurmdbd = accounting?.slurmdbd ?? null;
  return { folder, env, command, controller, slurmdbd, answering, forget, nodes, stop };
}

async function endJobs(command: SlurmCluster['command']): Promise<void> {
  await command('scancel', '--me', '--full', '--signal=KILL');
  await command('scancel', '--me');
  await within(
    JOBS_LIMIT,
    eventually(async () => (await command('squeue', '-h', '-t', 'R,CG,PD', '-o', '%i')) === ''),
  );
}

/** What runs jobs outlives a node that was killed. All that is of a cluster has its configuration in its environment. */
async function killOf(configuration: string): Promise<void> {
  for (const pid of (await readdir('/proc')).map(Number).filter((number) => number > 1 && number !== process.pid)) {
    const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!variables.split('\0').includes(`SLURM_CONF=${configuration}`)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function endsOf(folder: string): Promise<string> {
  const names = await readdir(folder);
  const ends = names.map(async (name) => {
    const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
    return [`== ${name}`, ...lines.slice(-10)].join('\n');
  });
  return (await Promise.all(ends)).join('\n');
}
