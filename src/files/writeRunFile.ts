import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { errorCode } from '../errors.ts';
import { openToWrite } from './openRunFile.ts';

const OWNERS = 0o600;
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

/**
 * Opens a file to append to it, and makes it, for its owner only, when it is not there. What a run has put in its place, a
 * link, a pipe, a file with other names, is not written to. @throws as `openRunFile`.
 */
export async function appendTo(path: string): Promise<FileHandle> {
  const file = await openToWrite(path, O_APPEND);
  return file ?? open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, OWNERS);
}

/** Appends to it. @throws as `appendTo`, or the system's error. */
export async function appendText(path: string, text: string | Uint8Array): Promise<void> {
  const file = await appendTo(path);
  try {
    await file.appendFile(text);
  } finally {
    await file.close();
  }
}

/** Empties a file, as `appendTo` writes to one. One that is not there is no error. */
export async function emptyFile(path: string): Promise<void> {
  await (await openToWrite(path, O_TRUNC))?.close();
}

/**
 * Puts a file in the place of another, whole or not at all, for its owner only; a link there goes, and what it leads to
 * stays as it is. @param flush whether it is to be on disk when it resolves. @throws the system's error.
 */
export async function replaceFile(path: string, text: string, flush = false): Promise<void> {
  const part = `${path}.${randomUUID()}`;
  const file = await open(part, 'wx', OWNERS);
  try {
    await file.writeFile(text);
    if (flush) await file.datasync();
    await rename(part, path);
  } catch (error) {
    await unlink(part).catch((fault) => {
      if (errorCode(fault) !== 'ENOENT') throw fault;
    });
    throw error;
  } finally {
    await file.close();
  }
}
