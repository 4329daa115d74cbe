import { appendFile, stat } from 'node:fs/promises';
import type { Time } from '../engine/backOff.ts';
import { firstLine } from './entrypoint.ts';
import type { RayHandle } from './handle.ts';

/** Copies the run's part of Ray's log of a job into the run's own log, from the place where that ends now. */
export type LogCopy = {
  /** The run has a node, and a log there. */
  begin(): void;
  /** The job has ended: resolves when all is copied, or when no more can be had. */
  finish(): Promise<void>;
};

/** One connection that sends the log from its beginning, and ends some time after the job has. */
export type Tail = (
  id: string,
  hear: { text: (text: string) => void; end: (isWhole: boolean) => void },
) => Promise<() => void>;

const AGAIN = 1_000;
const TRIES_AT_THE_END = 3;
/** Milliseconds without a word, after the job's end. */
const PATIENCE = 15_000;

/** One for each run, however many watch it. @param onEnd called when Ray has nothing more to send: the job may have ended. */
export function createLogCopy(handle: RayHandle, tail: Tail, onEnd: () => void, time: Time): LogCopy {
  const finished = Promise.withResolvers<void>();
  let isBegun = false;
  let isFinishing = false;

  const copy = async (): Promise<void> => {
    for (let tries = TRIES_AT_THE_END; tries > 0; ) {
      const wasFinishing = isFinishing;
      const isWhole = await once();
      // A connection made after the job's end, or that has seen it, has sent all there is.
      if (isWhole && (wasFinishing || isFinishing)) return;
      if (isFinishing) tries -= 1;
      onEnd();
      await new Promise<void>((resolve) => time.setTimeout(resolve, AGAIN));
    }
    await appendFile(handle.log, '\nevald: the rest of the log could not be had from Ray\n');
  };

  /** Follows one connection to its end. @returns whether it ended as one does that has sent all. */
  const once = async (): Promise<boolean> => {
    const known = await stat(handle.log).then(
      ({ size }) => size,
      () => 0,
    );
    const output = outputOf(firstLine(handle), known - handle.logStart);
    let written = Promise.resolve();
    let silence: unknown;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const listen = () => {
      time.clearTimeout(silence);
      silence = time.setTimeout(() => (isFinishing ? resolve(false) : listen()), PATIENCE);
    };
    listen();
    const hear = {
      text: (text: string) => {
        listen();
        const bytes = output(text);
        if (bytes.length > 0) written = written.then(() => appendFile(handle.log, bytes));
      },
      end: resolve,
    };
    const close = await tail(handle.id, hear).catch(() => {
      resolve(false);
      return () => {};
    });
    const isWhole = await promise;
    time.clearTimeout(silence);
    close();
    await written;
    return isWhole;
  };

  const begin = () => {
    if (isBegun) return;
    isBegun = true;
    void copy().then(finished.resolve, finished.resolve);
  };
  return {
    begin,
    finish() {
      isFinishing = true;
      begin();
      return finished.promise;
    },
  };
}

/**
 * Picks from Ray's log what is the run's own and not yet copied.
 * @param mark the line before the run's output. @param known bytes of the output that are there already.
 */
export function outputOf(mark: string, known: number): (text: string) => Buffer {
  let before: string | null = '';
  let skip = known;
  return (text) => {
    let own = text;
    if (before !== null) {
      before += text;
      const at = before.indexOf(`${mark}\n`);
      if (at < 0) {
        // The mark may be cut in two; what is before it can be long.
        before = before.slice(-mark.length);
        return Buffer.alloc(0);
      }
      own = before.slice(at + mark.length + 1);
      before = null;
    }
    const bytes = Buffer.from(own);
    const left = bytes.subarray(Math.min(skip, bytes.length));
    skip -= bytes.length - left.length;
    return left;
  };
}
