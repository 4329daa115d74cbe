import {
  type BigIntStats,
  closeSync,
  type Dirent,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { lstat, open, opendir, readlink, realpath } from 'node:fs/promises';
import { isEndedWhenLate } from './fileThreads.ts';

/** A file that is held open. */
export type HeldFile = {
  readonly fd: number;
  stat(): Promise<Stats>;
  stat(options: { bigint: true }): Promise<BigIntStats>;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Buffer<ArrayBufferLike> }>;
  close(): Promise<void>;
};

/** What the system is asked about files that runs wrote. Each rejects with the system's error. */
export type SystemCalls = {
  open(path: string, flags: number): Promise<HeldFile>;
  lstat(path: string): Promise<Stats>;
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  entries(path: string): AsyncIterable<Dirent> | Iterable<Dirent>;
};

const ENTRIES_AT_A_TIME = { bufferSize: 256 };

/** In Node's threads for files, so that this one does not wait. */
const inOtherThreads: SystemCalls = {
  open,
  lstat,
  readlink,
  realpath,
  async *entries(path) {
    yield* await opendir(path, ENTRIES_AT_A_TIME);
  },
};

/** In this one: from thread to thread and back is a multiple of what most of these take. */
const here: SystemCalls = {
  open: async (path, flags) => heldBy(openSync(path, flags)),
  lstat: async (path) => lstatSync(path),
  readlink: async (path) => readlinkSync(path),
  realpath: async (path) => realpathSync.native(path),
  *entries(path) {
    const folder = opendirSync(path, ENTRIES_AT_A_TIME);
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry;
    } finally {
      folder.closeSync();
    }
  },
};

/** The ones for this thread: one that is ended when it takes too long may wait for a disk itself. */
export const systemCalls = (): SystemCalls => (isEndedWhenLate() ? here : inOtherThreads);

function heldBy(fd: number): HeldFile {
  // As the two of `HeldFile.stat`.
  const stat = async (options?: { bigint: true }) => fstatSync(fd, options);
  return {
    fd,
    stat: stat as HeldFile['stat'],
    read: async (buffer, offset, length, position) => ({
      bytesRead: readSync(fd, buffer, offset, length, position),
      buffer,
    }),
    close: async () => closeSync(fd),
  };
}
