import { type BigIntStats, readFileSync, readlinkSync } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';
import type { ProcessStat } from './procfs.ts';

/** In the state folder of a launch: a link to the log, and which file the log was then. */
export const LOG_LINK = 'log.link';
export const LOG_FILE = 'log.file';

/** A file for good: an inode's number may be given to another one, which is born later. */
type FileIdentity = { device: bigint; inode: bigint; birth: bigint };

/** The log as it is noted. */
export function writeLogFile({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${birthtimeNs}\n`;
}

/** What a process has as its output. */
export type Output = {
  process: ProcessStat;
  descriptor: 1 | 2;
  path: string;
  /** Which file that is, asked once for all runs; null when it is not known. */
  inode(): bigint | null;
};

/** The outputs of processes that are files. */
export function outputsOf(processes: readonly ProcessStat[]): Output[] {
  return processes.flatMap((process) =>
    ([1, 2] as const).flatMap((descriptor) => {
      const path = pathOf(process.pid, descriptor);
      // Pipes, sockets and terminals are most of all.
      if (!path?.startsWith('/') || path.startsWith('/dev/')) return [];
      let inode: bigint | null | undefined;
      return [{ process, descriptor, path, inode: () => (inode ??= inodeOf(process.pid, descriptor)) }];
    }),
  );
}

/** The log of a run, as it was noted before its launch. */
export type NotedLog = { path: string; identity: FileIdentity | null };

/** @param state the run's state folder. @returns null when none was noted, or it cannot be read. */
export async function readNotedLog(state: string): Promise<NotedLog | null> {
  const path = await target(join(state, LOG_LINK));
  return path === null ? null : { path, identity: await readIdentity(state) };
}

/**
 * The processes that have the run's log as their output, also when it was renamed, deleted or replaced meanwhile.
 * What cannot be read is taken for no writer.
 */
export async function writersTo(log: NotedLog, outputs: readonly Output[]): Promise<ProcessStat[]> {
  const writers = new Set<ProcessStat>();
  for (const output of outputs) {
    if (output.path === log.path || (await isLog(output, log.identity))) writers.add(output.process);
  }
  return [...writers];
}

/** What a descriptor of a process leads to, by the kernel's own table: no file system is asked. */
function pathOf(pid: number, descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return null;
  }
}

async function isLog({ process, descriptor, inode }: Output, identity: FileIdentity | null): Promise<boolean> {
  if (identity === null) return false;
  // The kernel's own table first: to look at a file of a filesystem that hangs would hang.
  if (inode() !== identity.inode) return false;
  const file = await stat(`/proc/${process.pid}/fd/${descriptor}`, { bigint: true }).catch(() => null);
  return file?.dev === identity.device && file.ino === identity.inode && file.birthtimeNs === identity.birth;
}

/** The inode that a descriptor has open; null where the kernel (before Linux 5.14) does not say. */
function inodeOf(pid: number, descriptor: number): bigint | null {
  try {
    const found = /^ino:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return found === undefined ? null : BigInt(found);
  } catch {
    return null;
  }
}

/** Null when none was noted (an earlier version), or the filesystem does not say when files were born. */
async function readIdentity(state: string): Promise<FileIdentity | null> {
  const text = (await readFileIfExists(join(state, LOG_FILE)).catch(() => null)) ?? '';
  const [, device, inode, birth] = /^(\d+) (\d+) (\d+)\n$/.exec(text) ?? [];
  if (device === undefined || inode === undefined || birth === undefined || birth === '0') return null;
  return { device: BigInt(device), inode: BigInt(inode), birth: BigInt(birth) };
}

async function target(link: string): Promise<string | null> {
  try {
    return await readlink(link);
  } catch {
    return null;
  }
}
