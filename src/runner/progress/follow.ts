import { setTimeout } from 'node:timers/promises';
import { type FollowedFile, GrowingFile, type Observation } from '../../files/growingFile.ts';
import type { RunSign } from '../../machines/ports/runner.ts';
import { createMeter, type Meter } from './meter.ts';

/** Milliseconds between two looks at a log that grows: at most four updates a second. */
const SHORTEST = 250;
/** Of one that does not, a look is at most this part of its silence late, and so many milliseconds. */
const SILENCE_SHARE = 1 / 20;
const LONGEST = 1_000;
/** Bytes read at a look. What is older when more was written is passed over: only the newest frames count. */
const WINDOW = 64 * 1024;
/** Characters kept of a frame that is not complete yet. */
const LONGEST_FRAME = 1024;

/** A log that is followed. */
export type Followed = {
  path: string;
  /** Whether evald made its folder. */
  isOwn: boolean;
  /** Processes of the run; each may have a bar of its own. */
  ranks: number;
  /** What reads progress off its lines; the bars of tqdm unless said. */
  meter?: Meter | undefined;
  /** Where the run's own descriptor of the log is, for one that was renamed before it is followed; null: not known. */
  output: () => Promise<string | null>;
};

/** Waits so many milliseconds, or throws when the signal says so. */
type Pause = (milliseconds: number, signal: AbortSignal) => Promise<unknown>;

const pauseHere: Pause = (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal, ref: false });

/**
 * Follows the log of a run and reports that it grew, and how far the run is whenever that changed. It goes on when
 * the log is renamed, deleted, replaced or cut; while none of it can be looked at it reports output too, for what cannot
 * be seen is no silence. It looks ever more rarely while the log does not grow. @returns a function that ends it.
 */
export function followLog(followed: Followed, report: (sign: RunSign) => void, pause = pauseHere): () => void {
  const stopping = new AbortController();
  void follow(followed, report, pause, stopping.signal);
  return () => stopping.abort();
}

async function follow(
  { path, isOwn, ranks, output, meter = createMeter(ranks) }: Followed,
  report: (sign: RunSign) => void,
  pause: Pause,
  signal: AbortSignal,
): Promise<void> {
  const log = new GrowingFile(path, output, isOwn);
  const readers = new WeakMap<FollowedFile, Reader>();
  let silence = 0;
  try {
    while (!signal.aborted) {
      // Too many open files, a filesystem that hangs: progress is a courtesy, and no reason for a run to fail.
      const { grew, isVisible }: Observation = await log.observe().catch(() => ({ grew: false, isVisible: false }));
      if (signal.aborted) return;
      if (grew || !isVisible) {
        silence = 0;
        report({ type: 'run.output' });
      }
      for (const file of grew ? log.files : []) {
        const reader = readers.get(file) ?? new Reader(file);
        readers.set(file, reader);
        const progress = meter(await reader.lines().catch(() => []));
        if (signal.aborted) return;
        if (progress !== null) report({ type: 'run.progress', progress });
      }
      const wait = Math.min(Math.max(silence * SILENCE_SHARE, SHORTEST), LONGEST);
      await pause(wait, signal);
      silence += wait;
    }
  } catch {
    // Ended on request.
  } finally {
    await log.close();
  }
}

/** Reads what comes to a file. */
class Reader {
  readonly #file: FollowedFile;
  #offset = 0;
  #cuts = 0;
  #rest = '';

  constructor(file: FollowedFile) {
    this.#file = file;
  }

  /** Lines and frames. tqdm ends a frame with the `\r` of the next one: the last one counts as soon as it is there. */
  async lines(): Promise<string[]> {
    const { size, cuts, handle } = this.#file;
    if (cuts !== this.#cuts) this.#goTo(0);
    this.#cuts = cuts;
    if (size - this.#offset > WINDOW) this.#goTo(size - WINDOW);
    const buffer = Buffer.alloc(Math.max(0, size - this.#offset));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#offset);
    this.#offset += bytesRead;
    const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split(/[\r\n]+/);
    this.#rest = (lines.at(-1) ?? '').slice(-LONGEST_FRAME);
    return lines.map((line) => Buffer.from(line, 'latin1').toString());
  }

  #goTo(offset: number): void {
    this.#offset = offset;
    this.#rest = '';
  }
}
