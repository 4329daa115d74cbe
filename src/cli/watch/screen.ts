import { writeSync } from 'node:fs';
import type { WriteStream } from 'node:tty';
import { changeLines } from './changes.ts';
import { endedLine, liveLines } from './lines.ts';
import { createPainter, SHOW } from './painter.ts';
import { isOver, nothingKnown, type WatchState } from './state.ts';
import type { Style } from './style.ts';

/** What shows states as they come. */
export type Display = {
  show(state: WatchState): void;
  /** Leaves the terminal as it was found. */
  end(): void;
};

/** Where it is shown: a terminal, or what takes lines. */
export type Output = {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** Calls back whenever the size is another one. @returns what ends that. */
  onResize(callback: () => void): () => void;
};

/** The output of a terminal. @param write how it is written to. */
export const terminalOutput = (terminal: WriteStream, write: (text: string) => void): Output => ({
  get columns() {
    return terminal.columns || 80;
  },
  get rows() {
    return terminal.rows || 24;
  },
  write,
  onResize: (callback) => {
    terminal.on('resize', callback);
    return () => void terminal.off('resize', callback);
  },
});

export type DisplayOptions = { isCompact: boolean; style: Style };

/** A terminal of fewer columns gets a line a change. */
export const NARROWEST = 40;
/** Milliseconds between two frames in which nothing changes but the time. */
const TICK = 1_000;

/** Jobs on a terminal: what has ended stays above, what runs and waits is drawn over. The cursor is shown again however it ends. */
export function createScreen(out: Output, options: DisplayOptions): Display {
  const painter = createPainter();
  const folded = new Set<string>();
  let state = nothingKnown;
  let isEnded = false;
  let isSuspended = false;

  const draw = () => {
    if (isEnded || isSuspended || state.jobs.size === 0) return;
    const ended = [...state.jobs.values()].filter((job) => isOver(job) && !folded.has(job.job_id));
    for (const { job_id: id } of ended) folded.add(id);
    const view = { ...options, columns: out.columns, rows: Math.max(3, out.rows - 1), now: Date.now() };
    const stays = ended
      .toSorted((a, b) => Date.parse(a.completed_at ?? '') - Date.parse(b.completed_at ?? ''))
      .map((job) => endedLine(job, view));
    const text = painter.frame(stays, liveLines(state, view));
    if (text !== '') out.write(text);
  };
  const resize = () => {
    painter.resize(out.columns);
    draw();
  };
  const leave = () => {
    if (!isEnded) out.write(painter.end());
    isEnded = true;
  };
  /** For an end by which nothing else of this program runs any more. */
  const restore = () => {
    if (isEnded) return;
    isEnded = true;
    try {
      writeSync(1, SHOW);
    } catch {
      // The terminal has gone.
    }
  };
  const die = (signal: NodeJS.Signals) => {
    restore();
    process.removeListener(signal, die);
    // Where something else of this program ends it, that does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const suspend = () => {
    // Until it is known that it goes on, which may be heard after a timer that is due.
    isSuspended = true;
    out.write(painter.end());
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = () => {
    // Stopped by another signal: the shell has written since, so what was drawn is left where it is.
    if (!isSuspended) out.write(painter.end());
    isSuspended = false;
    // That the size changed meanwhile was said to the shell alone.
    process.emit('SIGWINCH', 'SIGWINCH');
    draw();
  };
  const timer = setInterval(draw, TICK);
  const fixed = out.onResize(resize);
  process.on('SIGTSTP', suspend).on('SIGCONT', goOn).on('exit', restore);
  for (const signal of DEADLY) process.on(signal, die);
  return {
    show: (next) => {
      state = next;
      draw();
    },
    end: () => {
      clearInterval(timer);
      leave();
      fixed();
      process.off('SIGTSTP', suspend).off('SIGCONT', goOn).off('exit', restore);
      for (const signal of DEADLY) process.off(signal, die);
    },
  };
}

const DEADLY = ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** The same where there is no terminal: a line a change. */
export function createLines(print: (line: string) => void): Display {
  let last = nothingKnown;
  return {
    show: (next) => {
      for (const line of changeLines(last, next, Date.now())) print(line);
      last = next;
    },
    end: () => {},
  };
}
