import type { FileHandle } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Blot } from '../../files/blot.ts';
import { type OpenedFile, openFile } from '../../files/openFile.ts';
import { readChunk } from '../../files/readChunks.ts';

/** Milliseconds between two looks at a log that somebody follows. */
const INTERVAL = 200;
/** Chunks that a feed keeps for readers that are a little behind the first. */
const MOST_CHUNKS = 8;

/** What a feed asks of a job: undefined when it is no longer known. */
export type LoggedJob = { log: string | null; completed_at: string | null } | undefined;

/** A log that is followed by somebody. */
export type LogFeed = {
  /** The log if there is one; it stays open as long as the feed. */
  readonly file: OpenedFile | null;
  /** What is there from an offset on, then what comes, until the job has ended and everything was read. */
  read(start: number, signal: AbortSignal): AsyncGenerator<Buffer, void>;
  /** To be called once by each who opened it. */
  leave(): Promise<void>;
};

/**
 * Feeds those who follow logs. All who follow one log share a descriptor and the looks at it, so that many of them cost
 * little more than one. Looking works on every filesystem; being notified does not.
 * @param blotOf what is not to be seen of the log of a job.
 * @param closing when it is aborted, each reader gets what is there, and no more.
 * @returns a function that opens the feed of a job.
 */
export function createLogFeeds(
  getJob: (jobId: string) => LoggedJob,
  blotOf: (jobId: string) => Blot | null,
  closing: AbortSignal,
) {
  const feeds = new Map<string, Feed>();
  closing.addEventListener('abort', () => {
    for (const feed of feeds.values()) feed.finish();
  });

  return async (jobId: string): Promise<LogFeed> => {
    const feed = feeds.get(jobId) ?? new Feed(() => getJob(jobId), blotOf(jobId));
    feeds.set(jobId, feed);
    if (closing.aborted) feed.finish();
    feed.readers += 1;
    const leave = async () => {
      feed.readers -= 1;
      if (feed.readers > 0) return;
      if (feeds.get(jobId) === feed) feeds.delete(jobId);
      await feed.stop();
    };
    try {
      await feed.opened;
    } catch (error) {
      await leave();
      throw error;
    }
    return { file: feed.file, read: (start, signal) => feed.read(start, signal), leave };
  };
}

class Feed {
  readers = 0;
  file: OpenedFile | null = null;
  readonly opened: Promise<void>;
  readonly #getJob: () => LoggedJob;
  readonly #blot: Blot | null;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #size = 0;
  #isOver = false;
  #isFinishing = false;
  #fault: unknown = null;
  readonly #chunks = new Map<number, Promise<Buffer>>();
  readonly #waiting = new Set<() => void>();

  constructor(getJob: () => LoggedJob, blot: Blot | null) {
    this.#getJob = getJob;
    this.#blot = blot;
    this.opened = this.#look();
    this.#ended = this.#lookOn();
  }

  async *read(start: number, signal: AbortSignal): AsyncGenerator<Buffer, void> {
    let at = start;
    for (;;) {
      // A log that became shorter was begun anew.
      if (at > this.#size) at = 0;
      while (this.file !== null && at < this.#size && !signal.aborted) {
        const chunk = await this.#chunk(this.file.handle, at);
        if (chunk.length === 0) break;
        at += chunk.length;
        yield chunk;
      }
      if (signal.aborted || this.#isFinishing || (this.#isOver && at >= this.#size)) return;
      if (this.#fault !== null) throw this.#fault;
      await this.#changed(signal);
    }
  }

  /** Readers are mostly at the same place: what one has read just now is there for the others. */
  #chunk(handle: FileHandle, at: number): Promise<Buffer> {
    const known = this.#chunks.get(at);
    if (known !== undefined) return known;
    const chunk = readChunk(handle, at, this.#size, this.#blot);
    this.#chunks.set(at, chunk);
    chunk.catch(() => this.#chunks.delete(at));
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > MOST_CHUNKS && oldest !== undefined) this.#chunks.delete(oldest);
    return chunk;
  }

  /** Lets readers end when they have what is there. */
  finish(): void {
    this.#isFinishing = true;
    this.#tell();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    await this.file?.handle.close();
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.opened;
      while (!this.#isOver) {
        await setTimeout(INTERVAL, undefined, { signal, ref: false });
        await this.#look();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#fault = error;
      this.#tell();
    }
  }

  async #look(): Promise<void> {
    const job = this.#getJob();
    // Asked before the size: what a job wrote before it ended is then in it.
    const isOver = job === undefined || job.completed_at !== null;
    if (this.file === null && typeof job?.log === 'string') this.file = await openFile(job.log);
    const size = this.file === null ? 0 : (await this.file.handle.stat()).size;
    if (size < this.#size) this.#chunks.clear();
    if (size === this.#size && isOver === this.#isOver) return;
    this.#size = size;
    this.#isOver = isOver;
    this.#tell();
  }

  /** Resolves when something has changed, or the reader has gone. */
  #changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      this.#waiting.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake);
    return promise;
  }

  #tell(): void {
    for (const wake of this.#waiting) wake();
  }
}
