import { constants, type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../thrown.ts';

/** A regular file, open for reading. Whoever has it closes its handle. */
export type OpenedFile = {
  handle: FileHandle;
  /** Bytes it had when it was opened. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
  /** Names the file and its content: another one after every change. */
  identity: string;
};

/** What the system says of a path that leads to no file one can read. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO', 'EACCES', 'ENAMETOOLONG']);

/**
 * Opens a regular file for reading; null when there is none. A symbolic link in the place of the file is not followed,
 * and what is no regular file (a pipe would block) is not opened for good. @throws the system's error, e.g. `EMFILE`.
 */
export async function openFile(path: string): Promise<OpenedFile | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  try {
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) {
      const identity = [stat.dev, stat.ino, stat.size, stat.mtimeNs].join('-');
      return { handle, size: Number(stat.size), modified: Number(stat.mtimeMs), identity };
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** Whether an error says that a path leads to nothing one can read. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(codeOf(error) ?? '');
}
