import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Progress } from '../../schemas/progress.ts';
import { readFrame } from './tqdm.ts';

/** Milliseconds between two looks at the log: at most four updates a second. */
const INTERVAL = 250;
/** Bytes read at a look. What is older when more was written is passed over: only the newest frame counts. */
const WINDOW = 64 * 1024;
/** Bytes kept of a frame that is not complete yet. */
const LONGEST_FRAME = 1024;

/**
 * Follows the log of a run by offset and reports the newest progress frame whenever it changed.
 * @returns a function that ends it.
 */
export function followProgress(path: string, report: (progress: Progress) => void): () => void {
  const stopping = new AbortController();
  void follow(path, report, stopping.signal);
  return () => stopping.abort();
}

async function follow(path: string, report: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
  let file: FileHandle | null = null;
  try {
    file = await open(path);
    const state = { offset: 0, rest: '' };
    let last = '';
    for (;;) {
      const progress = newestFrame(state, await readOn(file, state));
      const text = JSON.stringify(progress);
      if (progress !== null && text !== last && !signal.aborted) report(progress);
      last = text === 'null' ? last : text;
      await setTimeout(INTERVAL, undefined, { signal, ref: false });
    }
  } catch {
    // Ended on request, or the log is gone: progress is a courtesy and never a reason for a run to fail.
  } finally {
    await file?.close().catch(() => {});
  }
}

async function readOn(file: FileHandle, state: { offset: number; rest: string }): Promise<string> {
  const { size } = await file.stat();
  if (size - state.offset > WINDOW) {
    state.offset = size - WINDOW;
    state.rest = '';
  }
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - state.offset)), {
    position: state.offset,
  });
  state.offset += bytesRead;
  return buffer.toString('latin1', 0, bytesRead);
}

/** tqdm ends a frame with the `\r` of the next one: a frame counts as soon as its counter is there. */
function newestFrame(state: { rest: string }, text: string): Progress | null {
  const lines = (state.rest + text).split(/[\r\n]+/);
  state.rest = (lines.at(-1) ?? '').slice(-LONGEST_FRAME);
  for (const line of lines.reverse()) {
    const progress = readFrame(Buffer.from(line, 'latin1').toString());
    if (progress !== null) return progress;
  }
  return null;
}
