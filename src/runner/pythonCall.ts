import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { parseJson } from '../files/parseJson.ts';
import { anyFolder } from './workingFolder.ts';

export type PythonCall = {
  /** Path or name of the Python. */
  python: string;
  /** Its whole environment. */
  env: Record<string, string>;
  /** A program that calls `answer(value)`, from the prelude, with what JSON can say. */
  program: string;
  args: string[];
  /** Milliseconds until it is killed. */
  timeout: number;
};

const MOST_ANSWER = 16 * 1024 * 1024;
const MOST_ERRORS = 64 * 1024;

/** Descriptor 3 carries the answer, for libraries print what they like. The child dies with its parent. */
export const PRELUDE = `
import json, os, sys
os.set_inheritable(3, False)
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
except Exception:
    pass
def answer(value):
    with os.fdopen(3, "w") as channel:
        json.dump(value, channel)
`;

/**
 * Runs a Python program in a child process and reads the one value it answers.
 *
 * @throws Error with the last line of the traceback, or how it ended.
 */
export async function callPython({ python, env, program, args, timeout }: PythonCall): Promise<unknown> {
  const child = spawn(python, ['-c', PRELUDE + program, ...args], {
    env,
    cwd: await anyFolder(),
    // Its own group: a Python that is a wrapper script is ended with what it started.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const end = endOf(child);
  const kill = () => killGroup(child);
  const limit = setTimeout(kill, timeout);
  // What a wrapper script started does not die with us by itself.
  process.once('exit', kill);
  try {
    const [answer, errors, how] = await Promise.all([
      collect(child, 3, MOST_ANSWER, kill),
      collect(child, 2, MOST_ERRORS, null),
      end,
    ]);
    if (how === 'ended with exit code 0') return parseJson(answer);
    throw new Error(lastLine(errors) ?? `${python} ${how}`);
  } finally {
    clearTimeout(limit);
    process.off('exit', kill);
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
  });
}

/** Reads to the end. Past the limit the start is dropped, or `tooMuch` is called. */
async function collect(
  child: ChildProcess,
  descriptor: number,
  most: number,
  tooMuch: (() => void) | null,
): Promise<string> {
  let text = Buffer.alloc(0);
  for await (const chunk of readable(child, descriptor)) {
    text = Buffer.concat([text, chunk]).subarray(-most);
    if (tooMuch !== null && text.length === most) tooMuch();
  }
  return text.toString();
}

/** A descriptor of a child that it writes to. @throws when there is none. */
export function readable(child: ChildProcess, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (stream && 'read' in stream) return stream;
  throw new Error(`descriptor ${descriptor} of the child is not readable`);
}

/** Ends a child with its own group, and all that it started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
}
