import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { RunSign } from '../contract.ts';
import { createMeter } from './meter.ts';

/** Milliseconds between two looks at the log: at most four updates a second. */
const INTERVAL = 250;
/** Bytes read at a look. What is older when more was written is passed over: only the newest frames count. */
const WINDOW = 64 * 1024;
/** Characters kept of a frame that is not complete yet. */
const LONGEST_FRAME = 1024;

/**
 * Follows the log of a run by offset and reports that it grew, and how far the run is whenever that changed.
 * @param ranks processes of the run, each with a bar of its own. @returns a function that ends it.
 */
export function followLog(path: string, ranks: number, report: (sign: RunSign) => void): () => void {
  const stopping = new AbortController();
  void follow(path, ranks, report, stopping.signal);
  return () => stopping.abort();
}

async function follow(
  path: string,
  ranks: number,
  report: (sign: RunSign) => void,
  signal: AbortSignal,
): Promise<void> {
  let file: FileHandle | null = null;
  try {
    file = await open(path);
    const meter = createMeter(ranks);
    const state = { offset: 0, rest: '' };
    while (!signal.aborted) {
      const text = await readOn(file, state);
      if (signal.aborted) return;
      if (text !== '') report({ type: 'run.output' });
      const progress = meter(linesOf(state, text));
      if (progress !== null) report({ type: 'run.progress', progress });
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
  const buffer = Buffer.alloc(Math.max(0, size - state.offset));
  const { bytesRead } = await file.read(buffer, { position: state.offset });
  state.offset += bytesRead;
  return buffer.toString('latin1', 0, bytesRead);
}

/** Lines and frames. tqdm ends a frame with the `\r` of the next one: the last one counts as soon as it is there. */
function linesOf(state: { rest: string }, text: string): string[] {
  const lines = (state.rest + text).split(/[\r\n]+/);
  state.rest = (lines.at(-1) ?? '').slice(-LONGEST_FRAME);
  return lines.map((line) => Buffer.from(line, 'latin1').toString());
}
