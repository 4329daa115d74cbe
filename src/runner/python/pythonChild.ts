import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { errorMessage } from '../../errors.ts';
import { UnavailableError } from '../../machines/ports/runner.ts';
import { anyFolder } from '../folders/workingFolder.ts';
import { PRELUDE } from './pythonCall.ts';

export type PythonChildOptions = {
  /** The Python as it is now: another one is started as another child. @throws when there is none. */
  find(): Promise<string>;
  /** Its whole environment. */
  env: Record<string, string>;
  /** A program that answers each line of its input by a line on descriptor 3. */
  program: string;
  /** Milliseconds until it must be ready, and in which each answer must follow the one before. */
  patience: { start: number; answer: number };
  /** Milliseconds for which a start that failed is not tried again. */
  rest: number;
  /** Milliseconds since any fixed point. */
  now?: (() => number) | undefined;
};

/** A Python that stays. */
export type PythonChild = {
  /** @returns what it answers. @throws UnavailableError when there is no Python to ask; Error when it cannot answer. */
  ask(question: Record<string, unknown>): Promise<unknown>;
  /** Ends it. A question after that starts another one. */
  close(): void;
};

/** How often a question is put: a child may die, or be outdated, without being at fault. */
const MOST_TRIES = 3;

const lineSchema = z.union([
  z.object({ ready: z.string() }),
  z.object({ answer: z.unknown() }).refine((line) => 'answer' in line),
  z.object({ failed: z.string() }),
  z.object({ stale: z.literal(true) }),
]);

type Line = z.infer<typeof lineSchema>;
type Waiting = { resolve(line: Line): void; reject(error: Error): void };

/** The child is no more; another one may know. */
class Gone extends Error {
  /** Whether the question was the one that it was at: those behind have no part in its end. */
  readonly isTried: boolean;

  constructor(message: string, isTried: boolean) {
    super(message);
    this.isTried = isTried;
  }
}

/**
 * Keeps one Python for many questions, which costs its start and its imports once. It is started at the first question, and
 * again when it has died, has hung, or says that what it knows is stale; a question that met with that is put to the next.
 * It ends with this process.
 */
export function createPythonChild(options: PythonChildOptions): PythonChild {
  const { find, rest, now = () => performance.now() } = options;
  let live: { python: string; child: Promise<Live>; started: Live | null } | null = null;
  let failure: { python: string; at: number; error: Error } | null = null;

  const close = (): void => {
    void live?.child.then((child) => child.close()).catch(() => {});
    live = null;
  };

  const open = async (python: string): Promise<Live> => {
    try {
      const child = await Live.start(python, options);
      failure = null;
      return child;
    } catch (error) {
      // Made once: while it rests, each question is refused by it.
      failure = { python, at: now(), error: new UnavailableError(errorMessage(error), { cause: error }) };
      if (live?.python === python) live = null;
      throw failure.error;
    }
  };

  const current = async (): Promise<Live> => {
    const python = await find();
    const isResting = failure?.python === python && now() - failure.at < rest;
    if (live === null && isResting && failure !== null) throw failure.error;
    if (live !== null && (live.python !== python || live.started?.isOver)) close();
    if (live === null) {
      const begun = { python, child: open(python), started: null as Live | null };
      live = begun;
      begun.child.then(
        (child) => {
          begun.started = child;
        },
        () => {},
      );
    }
    return live.child;
  };

  return {
    async ask(question) {
      for (let tries = 0; ; ) {
        const child = await current().catch((error) => {
          throw error instanceof UnavailableError ? error : new UnavailableError(errorMessage(error), { cause: error });
        });
        try {
          return await child.ask(question);
        } catch (error) {
          if (error instanceof Gone && error.isTried) tries += 1;
          if (!(error instanceof Gone) || tries === MOST_TRIES) throw new Error(errorMessage(error), { cause: error });
        }
      }
    },
    close,
  };
}

/** One child, from its start to its end. */
class Live {
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];
  readonly #patience: number;
  readonly #kill: () => void;
  #watchdog: NodeJS.Timeout | undefined;
  isOver = false;

  /** @throws when it cannot be started, or says why it is not ready. */
  static async start(python: string, { env, program, patience }: PythonChildOptions): Promise<Live> {
    const child = spawn(python, ['-c', PRELUDE + program, python], {
      env,
      cwd: await anyFolder(),
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    await once(child, 'spawn');
    const live = new Live(child, patience);
    const first = await live.#next(patience.start);
    if ('ready' in first) return live;
    live.close();
    throw new Error('failed' in first ? first.failed : `${python} does not say that it is ready`);
  }

  private constructor(child: ChildProcess, patience: PythonChildOptions['patience']) {
    this.#child = child;
    this.#patience = patience.answer;
    this.#kill = () => killGroup(child);
    // What a wrapper script started does not die with us by itself.
    process.once('exit', this.#kill);
    // Not the exit: what it said last is read first.
    child.once('close', (code, signal) =>
      this.#end(`${child.spawnfile} was ended by ${signal ?? `exit code ${code}`}`, true),
    );
    // It has ended, or is about to: the exit says so.
    child.stdin?.on('error', () => {});
    createInterface({ input: readable(child, 3) }).on('line', (line) => this.#take(line));
    // A child that waits for questions does not keep this process from ending.
    child.unref();
    for (const stream of child.stdio) if (stream && 'unref' in stream) (stream.unref as () => void)();
  }

  async ask(question: Record<string, unknown>): Promise<unknown> {
    if (this.isOver) throw new Gone('it has ended', true);
    const line = this.#next(this.#patience);
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    const read = await line;
    if ('answer' in read) return read.answer;
    if ('failed' in read) throw new Error(read.failed);
    this.close();
    throw new Gone('it has loaded files that have changed', true);
  }

  close(): void {
    this.#kill();
    this.#end('it was ended', false);
  }

  #next(patience: number): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>();
    this.#waiting.push({ resolve, reject });
    if (this.#waiting.length === 1) this.#watch(patience);
    return promise;
  }

  #watch(patience: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      const reason = `${this.#child.spawnfile} did not answer within ${patience / 1_000} s`;
      // Put to another child, the question that it hangs on would hang that one too.
      this.#waiting.shift()?.reject(new Error(reason));
      this.close();
    }, patience);
  }

  #take(text: string): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) clearTimeout(this.#watchdog);
    else this.#watch(this.#patience);
    const read = lineSchema.safeParse(parsed(text));
    if (read.success) waiting?.resolve(read.data);
    else waiting?.reject(new Error('its answer cannot be read'));
  }

  /** @param isOfFirst whether it ended by itself, at the first of the questions that wait. */
  #end(reason: string, isOfFirst: boolean): void {
    this.isOver = true;
    clearTimeout(this.#watchdog);
    process.off('exit', this.#kill);
    for (const [index, { reject }] of this.#waiting.splice(0).entries()) {
      reject(new Gone(reason, isOfFirst && index === 0));
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A descriptor of a child that it writes to. @throws when there is none. */
function readable(child: ChildProcess, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (stream && 'read' in stream) return stream;
  throw new Error(`descriptor ${descriptor} of the child is not readable`);
}

/** Ends a child with its own group, and all that it started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
