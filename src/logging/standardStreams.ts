import { spawn } from 'node:child_process';
import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { isatty } from 'node:tty';

/** A standard stream of this process to which writing never waits for its reader. */
export type StandardStream = {
  /** Hands a text over, whole. @returns false where it cannot be taken now; then nothing of it was. */
  take(text: string): boolean;
  /** Calls back each time there is room again after a text was refused. A file never does: it is to be tried again. */
  onRoom(callback: () => void): void;
  /** Resolves when all is where it should be, cannot get there, or the time is over. @param limit milliseconds */
  settle(limit: number): Promise<void>;
};

/** Bytes that wait for a reader at most: some thousand lines. */
const MOST_WAITING = 512 * 1024;

/**
 * Opens standard output or error. Node writes to a terminal at once, and waits while it is stopped (Ctrl-S, a connection
 * that hangs): there a `cat` in a session of its own waits instead, which no signal of the terminal reaches either. Pipes and
 * sockets are written without waiting; what they do not take is kept up to a limit. A file takes all, or its disk is full.
 */
export function openStandardStream(descriptor: 1 | 2): StandardStream {
  if (isatty(descriptor)) return terminalOutput(descriptor);
  const stat = fstatSync(descriptor);
  if (stat.isFIFO() || stat.isSocket()) return streamOutput(descriptor === 1 ? process.stdout : process.stderr);
  return fileOutput(descriptor);
}

/** A stream whose writing does not wait. What waits beyond the limit is refused; one that has ended refuses all. */
export function streamOutput(stream: Writable): StandardStream {
  // A reader that has gone is no reason to end.
  stream.on('error', () => {});
  return {
    take: (text) => {
      if (!stream.writable || stream.writableLength > MOST_WAITING) return false;
      stream.write(text);
      return true;
    },
    onRoom: (callback) => void stream.on('drain', callback),
    settle: (limit) =>
      new Promise((resolve) => {
        if (!stream.writable) return resolve();
        const timer = setTimeout(resolve, limit);
        const settled = () => {
          clearTimeout(timer);
          resolve();
        };
        stream.once('close', settled);
        stream.write('', settled);
      }),
  };
}

/** Written to at once. Of a text of which only a part has found room the rest is lost, and it counts as not taken. */
function fileOutput(descriptor: number): StandardStream {
  let isTorn = false;
  return {
    take: (text) => {
      const bytes = Buffer.from(isTorn ? `\n${text}` : text);
      let at = 0;
      try {
        while (at < bytes.length) at += writeSync(descriptor, bytes, at);
        isTorn = false;
        return true;
      } catch {
        isTorn = at > 0 ? bytes[at - 1] !== 0x0a : isTorn;
        return false;
      }
    },
    onRoom: () => {},
    settle: () => Promise.resolve(),
  };
}

function terminalOutput(descriptor: number): StandardStream {
  const program = spawn('cat', [], { detached: true, stdio: ['pipe', descriptor, 'ignore'] });
  const stdin: Writable | null = program.stdin;
  if (stdin === null) return fileOutput(descriptor);
  // Neither it nor what waits for it keeps this process alive.
  program.unref();
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  // What libraries print goes the same way: nothing else of this process may wait for the terminal.
  for (const name of ['stdout', 'stderr'] as const) {
    if (process[name].isTTY)
      Object.defineProperty(process, name, { value: stdin, configurable: true, enumerable: true });
  }
  let output = streamOutput(stdin);
  const ended = new Promise<void>((resolve) => {
    program.once('exit', () => resolve());
    program.once('error', () => {
      // There is no cat on this machine.
      output = fileOutput(descriptor);
      resolve();
    });
  });
  return {
    take: (text) => output.take(text),
    onRoom: (callback) => output.onRoom(callback),
    settle: async (limit) => {
      stdin.end();
      const late = new AbortController();
      await Promise.race([ended, pause(limit, null, { signal: late.signal }).catch(() => {})]);
      late.abort();
      program.kill('SIGKILL');
    },
  };
}
