import { type BigIntStats, readlinkSync } from 'node:fs';
import { readFile, readlink, stat } from 'node:fs/promises';
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

/**
 * The processes that have the run's log as their output, also when it was renamed, deleted or replaced meanwhile.
 * @param state the run's state folder. What cannot be read is taken for no writer.
 */
export async function writersTo(state: string, processes: readonly ProcessStat[]): Promise<ProcessStat[]> {
  const outputs = processes.flatMap((process) =>
    [1, 2].flatMap((descriptor) => {
      const path = outputOf(process.pid, descriptor);
      // Pipes, sockets and terminals are most of all.
      return path?.startsWith('/') && !path.startsWith('/dev/') ? [{ process, descriptor, path }] : [];
    }),
  );
  // Most often there is nothing that has to be held against it.
  const log = outputs.length === 0 ? null : await target(join(state, LOG_LINK));
  if (log === null) return [];
  const identity = await readIdentity(state);
  const writers = new Set<ProcessStat>();
  for (const { process, descriptor, path } of outputs) {
    if (path === log || (await isLog(process.pid, descriptor, identity))) writers.add(process);
  }
  return [...writers];
}

/** What a descriptor of a process leads to, by the kernel's own table: no file system is asked. */
function outputOf(pid: number, descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return null;
  }
}

async function isLog(pid: number, descriptor: number, identity: FileIdentity | null): Promise<boolean> {
  if (identity === null) return false;
  // The kernel's own table first: to look at a file of a filesystem that hangs would hang.
  if ((await inodeOf(pid, descriptor)) !== identity.inode) return false;
  const file = await stat(`/proc/${pid}/fd/${descriptor}`, { bigint: true }).catch(() => null);
  return file?.dev === identity.device && file.ino === identity.inode && file.birthtimeNs === identity.birth;
}

/** The inode that a descriptor has open; null where the kernel (before Linux 5.14) does not say. */
async function inodeOf(pid: number, descriptor: number): Promise<bigint | null> {
  const text = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1').catch(() => '');
  const found = /^ino:\s*(\d+)$/m.exec(text)?.[1];
  return found === undefined ? null : BigInt(found);
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
