import { setTimeout } from 'node:timers/promises';
import { type FollowedFile, GrowingFile } from '../../files/growingFile.ts';
import type { RefusedFile } from '../../files/openRunFile.ts';
import { readChunk } from '../../security/redaction/readChunks.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { type LogChoice, type LoggedJob, lastLogged, logsOf, type RunOfJob } from './jobLogs.ts';

/** Milliseconds between two looks at a log that is followed. */
const INTERVAL = 200;
/** Chunks that a feed keeps for readers that are a little behind the first. */
const MOST_CHUNKS = 8;

/** The logs of a job that at least one client follows: those of its parts and of its attempts, one behind the other. */
export type LogStream = {
  /** The first log if there is one; it stays open as long as the feed. */
  readonly file: FollowedFile | null;
  /** The run that it is of, or the one with which is begun while there is none. */
  readonly run: RunOfJob;
  /** Why what is there is not read; null: it is, or there is nothing. */
  readonly refusal: RefusedFile | null;
  /**
   * What is there from an offset on, then what comes, until the job has ended and everything was read. A log that is cut is
   * read from its beginning again; one that is renamed or deleted is read on, and what replaces it is read beside it.
   * @param isRaw whether its bytes are shown as they are: then they are redacted. @param begin called with the run that the next chunk is of.
   */
  read(
    start: number,
    signal: AbortSignal,
    isRaw: boolean,
    begin?: (run: RunOfJob) => void,
  ): AsyncGenerator<Buffer, void>;
  /** To be called once by each reader that opened it. */
  leave(): Promise<void>;
};

/**
 * Feeds the readers of logs. All readers of one log share a descriptor and the looks at it, so that many of them cost
 * little more than one. Looking works on every filesystem; being notified does not.
 * @param redactorOf what is not to be seen of the log of a job.
 * @param closing when it is aborted, each reader gets what is there, and no more.
 * @returns a function that opens the feed of a job. `choice` says which run is meant, or from which on; null: from the last.
 */
export function createLogStreams(
  getJob: (jobId: string) => LoggedJob | undefined,
  redactorOf: (jobId: string) => Redactor | null,
  closing: AbortSignal,
) {
  const feeds = new Map<string, Feed>();
  closing.addEventListener('abort', () => {
    for (const feed of feeds.values()) feed.finish();
  });

  return async (jobId: string, asked: LogChoice | null = null): Promise<LogStream> => {
    // From now on: what is last changes.
    const choice = asked ?? { ...lastLogged(getJob(jobId)), only: null };
    const key = `${jobId} ${choice.part} ${choice.attempt} ${choice.only}`;
    const feed = feeds.get(key) ?? new Feed(() => logsOf(getJob(jobId), choice), choice, redactorOf(jobId));
    feeds.set(key, feed);
    if (closing.aborted) feed.finish();
    feed.readers += 1;
    const leave = async () => {
      feed.readers -= 1;
      if (feed.readers > 0) return;
      if (feeds.get(key) === feed) feeds.delete(key);
      await feed.stop();
    };
    try {
      await feed.opened;
    } catch (error) {
      await leave();
      throw error;
    }
    const { file, run, refusal } = feed;
    return { file, run, refusal, read: (...how) => feed.read(...how), leave };
  };
}

type Followed = { run: RunOfJob; file: GrowingFile };

class Feed {
  readers = 0;
  readonly opened: Promise<void>;
  readonly #first: RunOfJob;
  readonly #getLogs: () => ReturnType<typeof logsOf>;
  readonly #redactor: Redactor | null;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  /** In the order in which they are read. None but the last grows. */
  readonly #logs: Followed[] = [];
  #isOver = false;
  #isFinishing = false;
  #fault: unknown = null;
  readonly #chunks = new Map<string, Promise<Buffer>>();
  readonly #waiting = new Set<() => void>();

  constructor(getLogs: () => ReturnType<typeof logsOf>, first: RunOfJob, redactor: Redactor | null) {
    this.#first = first;
    this.#getLogs = getLogs;
    this.#redactor = redactor;
    this.opened = this.#read();
    this.#ended = this.#readOn();
  }

  /** The log that was found first. */
  get file(): FollowedFile | null {
    return this.#logs[0]?.file.files[0] ?? null;
  }

  get run(): RunOfJob {
    return this.#logs[0]?.run ?? this.#first;
  }

  get refusal(): RefusedFile | null {
    return this.#logs[0]?.file.refusal ?? null;
  }

  get #files(): (readonly [run: RunOfJob, file: FollowedFile])[] {
    return this.#logs.flatMap(({ run, file }) => file.files.map((each) => [run, each] as const));
  }

  async *read(
    start: number,
    signal: AbortSignal,
    isRaw: boolean,
    begin: (run: RunOfJob) => void = () => {},
  ): AsyncGenerator<Buffer, void> {
    const positions = new WeakMap<FollowedFile, { at: number; cuts: number }>();
    if (this.file !== null) positions.set(this.file, { at: start, cuts: this.file.cuts });
    for (;;) {
      const seen = this.#state();
      const isLast = this.#isFinishing || this.#isOver;
      for (const [run, file] of this.#files) {
        const position = positions.get(file) ?? { at: 0, cuts: file.cuts };
        positions.set(file, position);
        for (;;) {
          // Begun anew, or shorter than where the reader wants to begin.
          if (position.cuts !== file.cuts || position.at > file.size)
            Object.assign(position, { at: 0, cuts: file.cuts });
          if (position.at >= file.size || signal.aborted) break;
          const chunk = await this.#chunk(file, position.at, isRaw ? this.#redactor : null);
          if (chunk.length === 0) break;
          position.at += chunk.length;
          begin(run);
          yield chunk;
        }
      }
      if (signal.aborted || isLast) return;
      if (this.#fault !== null) throw this.#fault;
      if (this.#isFinishing || this.#state() !== seen) continue;
      await this.#changed(signal);
    }
  }

  /** Readers are mostly at the same position: what one has read just now is there for the others. */
  #chunk(file: FollowedFile, at: number, redactor: Redactor | null): Promise<Buffer> {
    const key = `${file.id} ${file.cuts} ${at} ${redactor === null}`;
    const known = this.#chunks.get(key);
    if (known !== undefined) return known;
    const chunk = readChunk(file.handle, at, file.size, redactor).catch((error) => {
      // Another file has replaced it, and it was closed.
      if (!this.#files.some(([, held]) => held === file)) return Buffer.alloc(0);
      throw error;
    });
    this.#chunks.set(key, chunk);
    chunk.catch(() => this.#chunks.delete(key));
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > MOST_CHUNKS && oldest !== undefined) this.#chunks.delete(oldest);
    return chunk;
  }

  /** Lets readers end when they have what is there. */
  finish(): void {
    this.#isFinishing = true;
    this.#notify();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    await Promise.all(this.#logs.map(({ file }) => file.close()));
  }

  async #readOn(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.opened;
      while (!this.#isOver) {
        await setTimeout(INTERVAL, undefined, { signal, ref: false });
        await this.#read();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#fault = error;
      this.#notify();
    }
  }

  async #read(): Promise<void> {
    // Asked before the size: what a job wrote before it ended is then in it.
    const { logs, isOver } = this.#getLogs();
    const before = this.#state();
    // Of the one that was last until now the end is seen before the next one counts.
    await this.#logs.at(-1)?.file.observe();
    for (const { path, isOwn, ...run } of logs.slice(this.#logs.length)) {
      const file = new GrowingFile(path, async () => null, isOwn);
      this.#logs.push({ run, file });
      await file.observe();
    }
    this.#isOver = isOver;
    if (this.#state() !== before) this.#notify();
  }

  /** What readers wait to change. */
  #state(): string {
    const files = this.#files.map(([, { id, cuts, size }]) => `${id} ${cuts} ${size}`);
    return [this.#isOver, ...files].join();
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

  #notify(): void {
    for (const wake of this.#waiting) wake();
  }
}
