import { chmod, constants, type FileHandle, open, opendir } from 'node:fs/promises';
import { errorCode } from '../errors.ts';

/** Linux's O_PATH, which Node does not name: opens anything, to look at it, without a right to read it. */
export const O_PATH = 0o10_000_000;
const asFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Names are visited so many at a time. */
const AT_A_TIME = 16;
/** What a folder's owner needs to list it, to enter it and to change what lies in it. */
const ALL = 0o700;
/** Names of a path that are shown at its start and at its end: the middle of a very long one tells a reader nothing. */
const SHOWN = 4;

/** What lies in a folder that is being walked through. */
export type TreeEntry = {
  /** Its name, as it is: any bytes. */
  readonly name: Buffer;
  /** The folder in which it lies, through a descriptor: a path of any depth is too long for the system. */
  readonly folder: string;
  /** Where it can be reached now: `folder` and its name. */
  readonly place: Buffer;
  /** Its path below the root, for people. */
  shown(): string;
};

export type TreeVisitor = {
  /** Anything but a folder: files, links, pipes, sockets, devices. */
  file(entry: TreeEntry): Promise<void>;
  /** A folder, after all that lies in it. Not called for the root. */
  folder(entry: TreeEntry): Promise<void>;
  /** What could not be read or visited; the walk goes on. */
  problem(shown: string, error: unknown): void;
};

/** A folder on the way from the root to where the walk is. */
type Step = { name: Buffer; inode: string; mode: number; left: Buffer[] };

/**
 * Visits all that lies below a folder, whatever its name, depth and mode, folders after what is in them. No link is
 * followed, nothing is entered that is on another filesystem, and where the walk is, is held open, so that nothing
 * outside is reached, whatever is exchanged meanwhile. A folder that its owner may not enter is opened up for the
 * visit. Takes two descriptors at any depth, and memory for the names of the folders on the way.
 * @param root an open folder; it stays open. @throws when folders were moved under it, or too many files are open.
 */
export async function walkTree(root: FileHandle, visitor: TreeVisitor): Promise<void> {
  const here = await open(`/proc/self/fd/${root.fd}`, constants.O_RDONLY | constants.O_DIRECTORY);
  await new Walk(here, visitor).run();
}

class Walk {
  #here: FileHandle;
  readonly #visitor: TreeVisitor;
  readonly #steps: Step[] = [];

  constructor(here: FileHandle, visitor: TreeVisitor) {
    this.#here = here;
    this.#visitor = visitor;
  }

  async run(): Promise<void> {
    try {
      await this.#arrive(Buffer.alloc(0));
      for (let step = this.#steps.at(-1); step !== undefined; step = this.#steps.at(-1)) {
        const next = step.left.pop();
        if (next === undefined) await this.#leave(step);
        else await this.#enter(next);
      }
    } finally {
      await this.#here.close();
    }
  }

  /** Visits what lies in the folder that was opened, but for the folders in it: those are left for later. */
  async #arrive(name: Buffer): Promise<void> {
    const stat = await this.#here.stat();
    const step: Step = { name, inode: inodeOf(stat), mode: stat.mode & 0o7777, left: [] };
    this.#steps.push(step);
    try {
      // Of another owner's it cannot be changed, and then reading it tells.
      if (!isOpen(step)) await this.#here.chmod(step.mode | ALL).catch(() => {});
      const { files, folders } = await namesIn(this.#here);
      step.left = folders;
      for (let first = 0; first < files.length; first += AT_A_TIME) {
        await Promise.all(
          files.slice(first, first + AT_A_TIME).map((file) => this.#visit((entry) => this.#visitor.file(entry), file)),
        );
      }
    } catch (error) {
      this.#visitor.problem(this.#shown(), error);
    }
  }

  async #enter(name: Buffer): Promise<void> {
    const { place, shown } = this.#entry(name);
    try {
      const next = await openFolder(place);
      const { dev } = await next.stat();
      if (!this.#steps[0]?.inode.startsWith(`${dev}:`)) {
        await next.close();
        throw new Error('another filesystem is mounted there');
      }
      await this.#here.close();
      this.#here = next;
    } catch (error) {
      return this.#visitor.problem(shown(), error);
    }
    await this.#arrive(name);
  }

  async #leave(step: Step): Promise<void> {
    this.#steps.pop();
    const parent = this.#steps.at(-1);
    const left = this.#here;
    if (parent !== undefined) this.#here = await parentOf(left, parent.inode);
    if (!isOpen(step)) await left.chmod(step.mode).catch(() => {});
    if (parent === undefined) return;
    await left.close();
    await this.#visit((entry) => this.#visitor.folder(entry), step.name);
  }

  async #visit(work: (entry: TreeEntry) => Promise<void>, name: Buffer): Promise<void> {
    const entry = this.#entry(name);
    await work(entry).catch((error) => this.#visitor.problem(entry.shown(), error));
  }

  #entry(name: Buffer): TreeEntry {
    const folder = `/proc/self/fd/${this.#here.fd}`;
    const place = Buffer.concat([Buffer.from(`${folder}/`), name]);
    return { name, folder, place, shown: () => this.#shown(name) };
  }

  #shown(...more: Buffer[]): string {
    const names = [...this.#steps.slice(1).map(({ name }) => name), ...more];
    const shown =
      names.length <= 2 * SHOWN ? names : [...names.slice(0, SHOWN), Buffer.from('…'), ...names.slice(-SHOWN)];
    return shown.join('/');
  }
}

/** Opens a folder, without following a link in its place, also one that its owner may not read. */
export async function openFolder(place: Buffer | string): Promise<FileHandle> {
  try {
    return await open(place, asFolder);
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
  }
  const held = await open(place, asFolder | O_PATH);
  try {
    const again = `/proc/self/fd/${held.fd}`;
    const { mode } = await held.stat();
    await chmod(again, (mode & 0o7777) | ALL);
    const opened = await open(again, constants.O_RDONLY | constants.O_DIRECTORY);
    await chmod(again, mode & 0o7777);
    return opened;
  } finally {
    await held.close();
  }
}

async function namesIn(folder: FileHandle): Promise<{ files: Buffer[]; folders: Buffer[] }> {
  const files: Buffer[] = [];
  const folders: Buffer[] = [];
  // Latin-1 has a character for every byte, so that no name is lost.
  for await (const entry of await opendir(`/proc/self/fd/${folder.fd}`, { encoding: 'latin1', bufferSize: 256 })) {
    (entry.isDirectory() ? folders : files).push(Buffer.from(entry.name, 'latin1'));
  }
  return { files, folders };
}

async function parentOf(child: FileHandle, inode: string): Promise<FileHandle> {
  const parent = await open(`/proc/self/fd/${child.fd}/..`, asFolder);
  if (inodeOf(await parent.stat()) === inode) return parent;
  await parent.close();
  throw new Error('folders were moved while they were walked through');
}

const inodeOf = ({ dev, ino }: { dev: number; ino: number }): string => `${dev}:${ino}`;

const isOpen = ({ mode }: Step): boolean => (mode & ALL) === ALL;
