import { setTimeout } from 'node:timers/promises';
import type { TextMaker } from './logEvents.ts';

/** Milliseconds between two frames of a bar that is still being drawn. */
const FRAME_INTERVAL = 2_000;

/** Resolves after so many milliseconds; rejects when the signal ends it. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

const unhurried: Wait = (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal, ref: false });

/**
 * The text of a log that is being written: lines as they end, and of a line that does not end, a progress bar, the newest
 * frame every two seconds, each in a line of its own.
 * @param shown makes the text of chunks.
 */
export async function* liveText(
  chunks: AsyncIterable<Uint8Array>,
  shown: TextMaker,
  wait: Wait = unhurried,
): AsyncGenerator<Uint8Array, void> {
  const reading = chunks[Symbol.asyncIterator]();
  const ending = new AbortController();
  const due = () =>
    wait(FRAME_INTERVAL, ending.signal).then(
      () => 'due' as const,
      () => 'due' as const,
    );
  let next = reading.next();
  // Only what has come since may have a newer frame.
  let frame: Promise<'due'> | null = null;
  try {
    for (;;) {
      const event = await (frame === null ? next : Promise.race([next, frame]));
      if (event === 'due') {
        const text = shown.newest();
        frame = null;
        if (text.length > 0) yield text;
        continue;
      }
      if (event.done) break;
      const text = shown.clean(event.value);
      if (text.length > 0) yield text;
      next = reading.next();
      frame ??= due();
    }
    yield shown.end();
  } finally {
    ending.abort();
    // What was asked for last may fail after the reader has gone.
    next.catch(() => {});
    await reading.return?.();
  }
}
