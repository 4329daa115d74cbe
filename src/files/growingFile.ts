import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../errors.ts';
import { throughGate } from './fileThreads.ts';
import {
  inodeOf,
  isAbsent,
  locationOf,
  type OpenedFile,
  openDescriptor,
  openRunFile,
  type ReadHandle,
  RefusedFile,
} from './openRunFile.ts';

/** One of the files that a followed path has led to. */
export type FollowedFile = {
  /** Another one for every file that was opened. */
  readonly id: number;
  readonly handle: ReadHandle;
  /** Bytes it had when it was looked at last. */
  size: number;
  /** How often it was begun anew: what was read of it before does not count any more. */
  cuts: number;
};

/** What a look has shown. */
export type Observation = {
  /** Bytes came, in one of the files. */
  grew: boolean;
  /** Whether there is a file to look at. Without one nothing is known, silence least of all. */
  isVisible: boolean;
};

/** Bytes before the end that are remembered, to know a file again that was cut and has grown past its old size. */
const REMEMBERED = 64;

/**
 * A file that a program appends to, whatever becomes of its name meanwhile. The file that was found first is held open,
 * so that it is followed when it was renamed or deleted; when the path leads to another one, that is followed beside
 * it, for the program may write to either. One that becomes shorter counts as begun anew.
 */
export class GrowingFile {
  readonly #path: string;
  readonly #isOwn: boolean;
  readonly #output: () => Promise<string | null>;
  #refusal: RefusedFile | null = null;
  /** What the program was seen to write to, and what the path led to first: followed to the end. */
  #first: Held[] = [];
  /** What the path leads to by now, if that is another. */
  #latest: Held | null = null;

  /**
   * @param output where the program's own descriptor of the file is to be found; asked once, at the first look.
   * @param isOwn whether evald made the folder in which the file lies.
   */
  constructor(path: string, output: () => Promise<string | null> = async () => null, isOwn = false) {
    this.#path = path;
    this.#isOwn = isOwn;
    this.#output = output;
  }

  /** Why what the path led to last was not opened; null when it was, or there was nothing. */
  get refusal(): RefusedFile | null {
    return this.#refusal;
  }

  /** The files held at the moment. An object stays the same as long as its file is held. */
  get files(): readonly FollowedFile[] {
    return this.#held;
  }

  /** Looks at sizes, and at where the path leads. @throws the system's error, e.g. `EMFILE`; then it may be called again. */
  async observe(): Promise<Observation> {
    await this.#find();
    const observations = await Promise.all(this.#held.map((file) => file.observe()));
    return { grew: observations.includes('grew'), isVisible: observations.some((observe) => observe !== 'gone') };
  }

  async close(): Promise<void> {
    const held = this.#held;
    this.#first = [];
    this.#latest = null;
    await Promise.all(held.map(({ handle }) => handle.close().catch(() => {})));
  }

  get #held(): readonly Held[] {
    return this.#latest === null ? this.#first : [...this.#first, this.#latest];
  }

  async #find(): Promise<void> {
    const inode = await inodeAt(this.#path);
    const isHeld = this.#held.some((held) => held.inode === inode);
    if (this.#first.length === 0) {
      const output = await this.#output();
      const found = await Promise.all([output === null ? null : Held.ofDescriptor(output), this.#open()]);
      const [one, other] = found.filter((held) => held !== null);
      this.#first = [one, other?.inode === one?.inode ? undefined : other].filter((held) => held !== undefined);
      if (other !== undefined && !this.#first.includes(other)) await other.handle.close();
    } else if (inode !== null && !isHeld) {
      const before = this.#latest;
      this.#latest = (await this.#open()) ?? before;
      if (before !== this.#latest) await before?.handle.close();
    }
  }

  async #open(): Promise<Held | null> {
    this.#refusal = null;
    const file = await openRunFile(...locationOf(this.#path, this.#isOwn)).catch((error) => {
      if (error instanceof RefusedFile) this.#refusal = error;
      return nullIfRefused(error);
    });
    return file && new Held(file);
  }
}

/** A file that is held open. */
class Held implements FollowedFile {
  static #opened = 0;
  readonly id = ++Held.#opened;
  readonly handle: ReadHandle;
  /** Device and inode. */
  readonly inode: string;
  size = 0;
  cuts = 0;
  #end: Buffer = Buffer.alloc(0);

  constructor({ handle, inode }: OpenedFile) {
    this.handle = handle;
    this.inode = inode;
  }

  /** Null when it is not to be had. */
  static async ofDescriptor(path: string): Promise<Held | null> {
    const file = await openDescriptor(path).catch(nullIfRefused);
    return file && new Held(file);
  }

  /** `gone`: its filesystem does not show it any more. */
  async observe(): Promise<'grew' | 'same' | 'gone'> {
    try {
      const { size } = await this.handle.stat();
      if (size < this.size || (size > this.size && !(await this.#isAsItWas()))) {
        this.cuts += 1;
        this.size = 0;
      }
      if (size === this.size) return 'same';
      this.size = size;
      this.#end = await this.#endAt(size);
      return 'grew';
    } catch {
      return 'gone';
    }
  }

  async #isAsItWas(): Promise<boolean> {
    return this.#end.equals(await this.#endAt(this.size));
  }

  async #endAt(size: number): Promise<Buffer> {
    const length = Math.min(REMEMBERED, size);
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  }
}

function nullIfRefused(error: unknown): null {
  if (error instanceof RefusedFile) return null;
  throw error;
}

async function inodeAt(path: string): Promise<string | null> {
  try {
    return inodeOf(await throughGate({ folder: dirname(path), path }, () => lstat(path, { bigint: true })));
  } catch (error) {
    if (isAbsent(error) || errorCode(error) === 'ESTALE') return null;
    throw error;
  }
}
