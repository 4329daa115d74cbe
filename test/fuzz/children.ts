import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Case } from './cases.ts';
import type { Answer, Question } from './reader.ts';

/** Seconds of processor time for one input of a few MB. */
const MOST_PROCESSOR = 10;
/** Seconds after which one that does not work either hangs all the same, in a read that never ends. */
const MOST_SECONDS = 120;
/** Bytes that a child may grow by, over what it has when it has begun. */
const MOST_GROWTH = 200 * 1024 * 1024;
/** Milliseconds between two looks at the processor time. */
const LOOK = 50;
/** Inputs that one child reads. */
const MOST_INPUTS = 300;

/** Gives cases to children that read them. To be closed. */
export class Readers {
  readonly #processor: number;
  #child: ChildProcess | null = null;
  #base = 0;
  #inputs = 0;
  /** How many the readers have refused. */
  refused = 0;

  /** @param processor seconds of processor time for one input. */
  constructor(processor = MOST_PROCESSOR) {
    this.#processor = processor;
  }

  /** @returns what was wrong: null when the readers have read it, or said what is wrong with it. */
  async read({ target, files }: Case): Promise<string | null> {
    const folder = await mkdtemp(join(tmpdir(), 'evald-fuzz-'));
    try {
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
      const child = await this.#begun();
      const answer = await ask(child, { target, folder }, this.#processor);
      if (typeof answer !== 'string' && answer.refusal !== null) this.refused += 1;
      const growth = typeof answer === 'string' ? 0 : answer.maxRss - this.#base;
      const fault = typeof answer === 'string' ? answer : growth > MOST_GROWTH ? grown(growth) : answer.fault;
      if (fault !== null || ++this.#inputs >= MOST_INPUTS) await this.close();
      return fault;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #begun(): Promise<ChildProcess> {
    if (this.#child !== null) return this.#child;
    const child = fork(join(import.meta.dirname, 'reader.ts'), {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    this.#inputs = 0;
    // A first question that costs nothing: what the readers themselves take is no growth.
    const answer = await ask(child, { target: 'results', folder: '/nonexistent' }, MOST_PROCESSOR);
    if (typeof answer === 'string') throw new Error(`the reader does not begin: ${answer}`);
    this.#base = answer.maxRss;
    return child;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

const grown = (bytes: number): string => `the reader has grown by ${Math.round(bytes / 1024 / 1024)} MiB`;

async function ask(child: ChildProcess, question: Question, processor: number): Promise<Answer | string> {
  const over = new AbortController();
  const before = await processorSeconds(child);
  const answered = new Promise<Answer>((resolve) => child.once('message', (answer: Answer) => resolve(answer)));
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(`the reader ended: ${signal ?? code}`)),
  );
  const watched = watch(child, before + processor, over.signal);
  watched.catch(() => {});
  child.send(question);
  try {
    return await Promise.race([answered, ended, watched]);
  } finally {
    over.abort();
    child.removeAllListeners('message');
    child.removeAllListeners('exit');
  }
}

/** @param most seconds of processor time that it may have used by then. */
async function watch(child: ChildProcess, most: number, signal: AbortSignal): Promise<string> {
  for (let looks = 0; looks * LOOK < MOST_SECONDS * 1_000; looks++) {
    await setTimeout(LOOK, undefined, { signal });
    if ((await processorSeconds(child)) > most) return 'the reader has used up its processor time';
  }
  return `the reader has not answered in ${MOST_SECONDS} s`;
}

/** Of all threads of a child, in seconds. */
async function processorSeconds({ pid }: ChildProcess): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}
