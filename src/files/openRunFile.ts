import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../errors.ts';
import { throughGate, type WaitingCall } from './fileThreads.ts';
import { readWhole } from './readWhole.ts';
import { type HeldFile, systemCalls } from './systemCalls.ts';
import { O_PATH } from './walkTree.ts';

/** A folder that runs write to. */
export type RunFolder = {
  /** Absolute path. Links on the way to it are followed: they are the operator's. */
  path: string;
  /** Whether evald made it for the run: then it is no link itself, unless its run has put one in its place. */
  isOwn: boolean;
  /** The folder whose filesystem it may be that hangs, where that is a part of it. */
  part?: string;
};

/** A file of a run that is open for reading. Each operation has its time. */
export type ReadHandle = Pick<HeldFile, 'fd' | 'read' | 'close'> & { stat(): Promise<{ size: number }> };

/** A regular file, open for reading. Its owner closes the handle. */
export type OpenedFile = {
  handle: ReadHandle;
  /** Bytes it had when it was opened. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
  /** Names the file and its content: another one after every change. */
  identity: string;
  /** Names the file alone. */
  inode: string;
};

/** A file of a run that is there and not read, for a run may put anything there. The message has its path and the reason. */
export class RefusedFile extends Error {
  override name = 'RefusedFile';
  /** Why, e.g. `is a link`. */
  readonly reason: string;
  constructor(path: string, reason: string) {
    super(`${path} ${reason}`);
    this.reason = reason;
  }
}

/** What the system says of a path that leads to no file one can read. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO', 'EACCES', 'ENAMETOOLONG']);
const MB = 1024 * 1024;
const asIs = constants.O_NOFOLLOW | O_PATH;

/** Whether an error says that a path leads to nothing one can read. */
export const isAbsent = (error: unknown): boolean => ABSENT.has(errorCode(error) ?? '');

/** Where a file of a run lies that is directly in its folder, such as its log. */
export const locationOf = (path: string, isOwn = false): [folder: RunFolder, name: string] => [
  { path: dirname(path), isOwn },
  basename(path),
];

/**
 * Opens a file that a run wrote; null when there is none of that path. It is looked at before it is opened: nothing that
 * is no regular file, lies behind a link, or may be another's by another name (a hard link) is ever opened.
 *
 * @param name its path in the folder, names separated by `/`; one with `..` or an empty name leads to nothing.
 * @param most bytes that it may have.
 * @throws RefusedFile, SilentFilesystem, or the system's error, e.g. `EMFILE`.
 */
export async function openRunFile(
  folder: RunFolder,
  name: string,
  most = Number.POSITIVE_INFINITY,
): Promise<OpenedFile | null> {
  if (!isPlain(name)) return null;
  const asked = { folder: folder.part ?? folder.path, path: join(folder.path, name) };
  return opening(asked, async () => {
    const place = join(await rootOf(folder), name);
    const calls = systemCalls();
    const { handle, stat } = await openHeld(await calls.open(place, asIs), asked.path, place, calls.open, { most });
    return opened(handle, stat, asked);
  });
}

/**
 * Opens a file that a run may have exchanged to write to it: it is looked at as by `openRunFile`, so that nothing of
 * another's is written to. @param flags as of the system's `open`. @returns null when there is none. @throws as it.
 */
export async function openToWrite(path: string, flags: number): Promise<FileHandle | null> {
  const file = await opening({ folder: dirname(path), path }, async () => {
    const place = join(await realpath(dirname(path)), basename(path));
    return openHeld(await open(place, asIs), path, place, open, { flags: constants.O_WRONLY | flags });
  });
  return file?.handle ?? null;
}

/**
 * Opens what a process has open as its output; null when it is no regular file.
 * @param descriptor such as `/proc/123/fd/1`: the file may have another name by now, or none. @throws as `openRunFile`.
 */
export function openDescriptor(descriptor: string): Promise<OpenedFile | null> {
  const asked = { folder: descriptor, path: descriptor };
  return opening(asked, async () => {
    const calls = systemCalls();
    const { handle, stat } = await openHeld(await calls.open(descriptor, O_PATH), descriptor, null, calls.open);
    return opened(handle, stat, asked);
  });
}

/**
 * The text of a file that a run wrote; null when there is none. @param most bytes that it may have.
 * @throws as `openRunFile`; when it grows while it is read.
 */
export async function readRunFile(folder: RunFolder, name: string, most: number): Promise<string | null> {
  const file = await openRunFile(folder, name, most);
  if (file === null) return null;
  try {
    const bytes = Buffer.allocUnsafe(file.size + 1);
    const length = await readWhole(file.handle, bytes, 0);
    if (length > file.size) throw new Error(`${join(folder.path, name)} grew while it was read`);
    return bytes.toString('utf8', 0, length);
  } finally {
    await file.handle.close();
  }
}

/** The same, synchronous, and without a deadline. @param folder links to it are followed. @throws as `readRunFile`. */
export function readRunFileNow(folder: string, name: string, most: number): string | null {
  let held: number | null = null;
  try {
    const place = join(realpathSync(folder), name);
    held = openSync(place, asIs);
    const isThere = readlinkSync(`/proc/self/fd/${held}`) === place;
    const reason = faultOf(fstatSync(held, { bigint: true }), isThere, most);
    if (reason !== null) throw new RefusedFile(join(folder, name), reason);
    return readFileSync(`/proc/self/fd/${held}`, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  } finally {
    if (held !== null) closeSync(held);
  }
}

/** The folder as the system names it. @throws the system's error. */
export async function rootOf({ path, isOwn }: RunFolder): Promise<string> {
  const calls = systemCalls();
  return isOwn ? join(await calls.realpath(dirname(path)), basename(path)) : calls.realpath(path);
}

/** The path of what a descriptor has open, links resolved. */
export function whereIs(descriptor: number): Promise<string> {
  return systemCalls().readlink(`/proc/self/fd/${descriptor}`);
}

async function opening<T extends { handle: Pick<ReadHandle, 'close'> }>(
  asked: WaitingCall,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await throughGate(asked, work, ({ handle }) => handle.close());
  } catch (error) {
    if (errorCode(error) === 'EACCES') throw new RefusedFile(asked.path, "may not be read by the server's user");
    if (errorCode(error) === 'ELOOP') throw new RefusedFile(asked.path, 'lies behind links without end');
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** @param place where it must lie; null: anywhere. */
async function openHeld<Handle extends HeldFile>(
  held: Handle,
  shown: string,
  place: string | null,
  open: (path: string, flags: number) => Promise<Handle>,
  { most = Number.POSITIVE_INFINITY, flags = constants.O_RDONLY } = {},
): Promise<{ handle: Handle; stat: BigIntStats }> {
  try {
    const where = await whereIs(held.fd);
    // Another was put in its place just now: there is no telling which is meant.
    if (where === `${place} (deleted)`) throw Object.assign(new Error(`${shown} is gone`), { code: 'ENOENT' });
    const isThere = place === null ? null : where === place;
    const check = (stat: BigIntStats) => {
      const reason = faultOf(stat, isThere, most);
      if (reason !== null) throw new RefusedFile(shown, reason);
      return stat;
    };
    check(await held.stat({ bigint: true }));
    const handle = await open(`/proc/self/fd/${held.fd}`, flags | constants.O_NONBLOCK);
    try {
      // Again: of a file on a network disk the size is the newest only now.
      return { handle, stat: check(await handle.stat({ bigint: true })) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } finally {
    await held.close();
  }
}

function opened(handle: HeldFile, stat: BigIntStats, asked: WaitingCall): OpenedFile {
  return {
    handle: gated(handle, asked),
    size: Number(stat.size),
    modified: Number(stat.mtimeMs),
    identity: [stat.dev, stat.ino, stat.size, stat.mtimeNs].join('-'),
    inode: inodeOf(stat),
  };
}

/** @param isThere whether it lies where it must; null: it may have any name. */
function faultOf(stat: BigIntStats, isThere: boolean | null, most: number): string | null {
  if (stat.isSymbolicLink()) return 'is a link';
  if (isThere === false) return 'lies behind a link, or was exchanged while it was opened';
  if (!stat.isFile()) return 'is no regular file';
  if (stat.nlink > 1n && isThere) return 'has other names (hard links)';
  return stat.size > most ? `is larger than ${Math.floor(most / MB)} MB` : null;
}

/** Device and inode. */
export const inodeOf = ({ dev, ino }: { dev: bigint; ino: bigint }): string => `${dev}:${ino}`;

function gated(handle: HeldFile, asked: WaitingCall): ReadHandle {
  return {
    fd: handle.fd,
    read: (...where) => throughGate(asked, () => handle.read(...where)),
    stat: () => throughGate(asked, () => handle.stat()),
    close: () => handle.close(),
  };
}

function isPlain(path: string): boolean {
  const names = path.split('/');
  return !path.includes('\0') && names.every((name) => name !== '' && name !== '.' && name !== '..');
}
