import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../server/freePorts.ts';
import { accountingLines, writeAccounting } from './accounting.ts';

/** How big a cluster is. */
export type Size = {
  nodes: number;
  /** Processors of each node. */
  cpus: number;
  /** Made-up GPUs of each node. */
  gpus: number;
  /** Seconds for which Slurm tells of jobs that have ended. */
  minJobAge: number;
  /** Jobs that the controller has room for: one more is turned away for now. */
  maxJobCount: number;
  /** Whether it has slurmdbd, and with it accounts, limits and preemption by QOS. */
  accounting: boolean;
  /** What becomes of a job of the usual partition that one of `urgent` needs the place of; null: it has none of that name. */
  preemption: 'CANCEL' | 'REQUEUE' | null;
};

/** Memory of each node in MB; a job that does not say gets 100 a processor. */
const MEMORY = 4_000;

const NO_ACCOUNTING = 'AccountingStorageType=accounting_storage/none';

/** Writes what the daemons of a cluster need into a folder: key, configuration, devices. @returns the node names. */
export async function writeConfiguration(folder: string, size: Size): Promise<string[]> {
  await chmod(folder, 0o755);
  for (const name of ['munge', 'state', 'spool', 'run', 'log']) await mkdir(join(folder, name), { mode: 0o755 });
  await writeFile(join(folder, 'munge', 'key'), randomBytes(128), { mode: 0o600 });
  const host = hostname().split('.')[0] ?? '';
  const names = Array.from({ length: size.nodes }, (_, index) => `n${index + 1}`);
  const [controllerPort = 0, accountingPort = 0, ...nodePorts] = await freePorts(2 + size.nodes);
  const nodes = names.map((name, index) => nodeLine(name, host, nodePorts[index] ?? 0, size));
  const filled = (await readFile(join(import.meta.dirname, 'slurm.conf'), 'utf8'))
    .replaceAll('{FOLDER}', folder)
    .replaceAll('{HOST}', host)
    .replaceAll('{CONTROLLER_PORT}', String(controllerPort))
    .replaceAll('{MIN_JOB_AGE}', String(size.minJobAge))
    .replaceAll('{MAX_JOB_COUNT}', String(size.maxJobCount))
    .replaceAll('{ACCOUNTING}', size.accounting ? accountingLines(folder, accountingPort) : NO_ACCOUNTING)
    .replaceAll('{NODES}', nodes.join('\n'))
    .concat(size.preemption === null ? '' : urgentLines(size.preemption));
  await writeFile(join(folder, 'slurm.conf'), filled);
  if (size.accounting) await writeAccounting(folder, host, accountingPort);
  await writeFile(join(folder, 'gres.conf'), await gresLines(folder, names, size.gpus));
  return names;
}

function nodeLine(name: string, host: string, port: number, { cpus, gpus }: Size): string {
  const where = `NodeName=${name} NodeAddr=127.0.0.1 NodeHostname=${host} Port=${port}`;
  const shape = `CPUs=${cpus} Boards=1 SocketsPerBoard=1 CoresPerSocket=${cpus} ThreadsPerCore=1 RealMemory=${MEMORY}`;
  return `${where} ${shape}${gpus > 0 ? ` Gres=gpu:${gpus}` : ''} State=UNKNOWN`;
}

/** A partition whose jobs take the places of others. */
function urgentLines(mode: string): string {
  const modes = [`PreemptMode=${mode}`, 'PreemptType=preempt/partition_prio'];
  return [
    ...modes,
    'PartitionName=urgent Nodes=ALL PriorityTier=100 DefaultTime=60 DefMemPerCPU=100 State=UP',
    '',
  ].join('\n');
}

/** GPUs for those who only count them: twins of /dev/null. */
async function gresLines(folder: string, nodes: string[], gpus: number): Promise<string> {
  const devices = Array.from({ length: gpus }, (_, index) => join(folder, 'run', `gpu${index}`));
  for (const device of devices) await promisify(execFile)('mknod', ['-m', '666', device, 'c', '1', '3']);
  const lines = nodes.map((node) => `NodeName=${node} Name=gpu File=${join(folder, 'run', `gpu[0-${gpus - 1}]`)}`);
  return ['AutoDetect=off', ...(gpus > 0 ? lines : []), ''].join('\n');
}
