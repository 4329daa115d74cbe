import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { resolve, sep } from 'node:path';
import { version } from '../../src/version.ts';
import { originalVersion } from '../subjects/original.ts';
import { peerVersions } from '../subjects/peers.ts';

/** Where it was measured, and what. */
export type Machine = {
  processor: string;
  cores: number;
  memory: string;
  kernel: string;
  node: string;
  evald: string;
  commit: string;
  filesystem: string;
  /** Processes that wanted a core, others' all of them: the mean of the minute before it began. */
  load: number;
  /** Version of the original; null where it was left out. */
  lmmsEval: string | null;
  /** Versions of what was measured beside evald; null where it was left out. */
  peers: Record<string, string> | null;
};

/** The filesystem and the device that a folder is on, as the kernel tells it. */
export function filesystemOf(folder: string): { type: string; device: string } {
  const path = resolve(folder);
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const holds = (place = '') => place === '/' || path === place || path.startsWith(place + sep);
  const [, found] = mounts.reduce<[number, string[]]>(
    ([length, best], mount) =>
      holds(mount[1]) && (mount[1]?.length ?? 0) >= length ? [mount[1]?.length ?? 0, mount] : [length, best],
    [0, []],
  );
  return { type: found[2] ?? 'unknown', device: found[0] ?? 'unknown' };
}

/** Describes this machine as it is now. @param folder where the journals lie. */
export function describeMachine(folder: string): Machine {
  const { type, device } = filesystemOf(folder);
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    evald: version,
    commit: commit(),
    filesystem: `${type} on ${device}`,
    load: loadavg()[0] ?? Number.NaN,
    lmmsEval: originalVersion(),
    peers: peerVersions(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    }).trim();
  } catch {
    return 'unknown';
  }
}
