import type { Result } from 'execa';
import { parseJson } from '../../files/parseJson.ts';
import { anyFolder } from '../folders/workingFolder.ts';

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
/** Characters kept of what it prints as errors. */
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
  const cwd = await anyFolder();
  // Loaded when it is needed: a server that asks no Python need not wait for it.
  const { execa } = await import('execa');
  const child = execa(python, ['-c', PRELUDE + program, ...args], {
    env,
    extendEnv: false,
    cwd,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    buffer: { stderr: false },
    maxBuffer: { fd3: MOST_ANSWER },
    timeout,
    killSignal: 'SIGKILL',
    // A Python that is a wrapper script is ended with what it started.
    killDescendants: true,
    cleanup: false,
    reject: false,
  });
  // However much it warns of, the end says why it failed.
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MOST_ERRORS);
  });
  // What a wrapper script started does not die with us by itself.
  const kill = () => void child.kill();
  process.once('exit', kill);
  const ended = await child.finally(() => process.off('exit', kill));
  if (!ended.failed) return parseJson(ended.stdio[3]);
  // It may have met the end of its channel before it was killed, and have said so.
  if (ended.isMaxBuffer) throw new Error(`${python} answered more than ${MOST_ANSWER / 1_048_576} MiB`);
  throw new Error(lastLine(errors) ?? `${python} ${howEnded(ended)}`);
}

function howEnded({
  exitCode,
  signal,
  originalMessage,
}: Pick<Result, 'exitCode' | 'signal' | 'originalMessage'>): string {
  if (signal !== undefined) return `was ended by ${signal}`;
  return exitCode === undefined ? `could not be started: ${originalMessage}` : `ended with exit code ${exitCode}`;
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
}
