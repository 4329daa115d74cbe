import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { WarmPython } from '../../backend.ts';
import { signalName } from '../../shared/signalName.ts';
import { ReportedLauncher } from '../reportedLauncher.ts';
import { CHECKS_PROGRAM } from './checksProgram.ts';
import { PARENT_PROGRAM } from './parentProgram.ts';
import { RUN_PROGRAM } from './runProgram.ts';

/** What a run is started with, as a cold start would. */
export type WarmRun = {
  /** Program and arguments: `PYTHON -m MODULE …`. */
  command: readonly string[];
  /** The whole environment, the mark included. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  umask: number;
  state: string;
  /** The log by a path that leads to the open file, and which file that is: device and inode. */
  log: { path: string; file: [string, string] };
  /** Name of the mark; names of the variables that say which devices a run has. */
  mark: string;
  devices: readonly string[];
};

/** What became of what a parent was asked for. Cold: it refuses. Silent: nothing began, and by this parent nothing will. */
export type Answer =
  | { kind: 'begun'; identity: string; launcher: ReportedLauncher }
  | { kind: 'answered'; value: unknown }
  | { kind: 'cold'; reason: string; isStale: boolean }
  | { kind: 'silent'; isSure: boolean };

/** Why a parent cannot be made, and the folders whose change may mend that. */
export class UnfitParentError extends Error {
  readonly folders: readonly string[];

  constructor(message: string, folders: readonly string[] = []) {
    super(message);
    this.folders = folders;
  }
}

const lineSchema = z.union([
  z.object({ ready: z.number().describe('Bytes that it takes') }),
  z.object({ failed: z.string(), folders: z.array(z.string()).describe('Where it looks for modules') }),
  z.object({ part: z.string().describe('Of the text of an answer'), id: z.number() }),
  z.object({ answered: z.boolean().describe('Whether its parts are all of it'), id: z.number() }),
  z.object({ cold: z.string(), stale: z.boolean(), id: z.number() }),
  z.object({ begun: z.string(), id: z.number() }),
  z.object({ ended: z.number().describe('As waitpid gives it'), id: z.number() }),
]);

type IdLine = Extract<z.infer<typeof lineSchema>, { id: number }>;

const SURELY_NOTHING: Answer = { kind: 'silent', isSure: true };

/** Milliseconds. Imports may come from a disk of the network; an answer takes a look at some thousand files. */
const START_PATIENCE = 300_000;
const ANSWER_PATIENCE = 30_000;
/** In which what a parent that was killed has begun has to be known. */
const LAST_PATIENCE = 5_000;
/** Characters of room for the environment of a run, which replaces the parent's. */
const ROOM = 32_768;

/** One idle Python that becomes runs. It ends with this process, or when it is closed; what it has begun goes on. */
export class WarmParent {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #launchers = new Map<number, ReportedLauncher>();
  readonly #parts = new Map<number, string[]>();
  #last = 0;
  isOver = false;
  /** Bytes that it takes; null until it is ready. */
  memory: number | null = null;
  /** Resolves when it can be asked. Rejects with the reason when it never can. */
  readonly ready: Promise<number>;
  /** Resolves when it is no more, and nothing that it began is still on its way. */
  readonly over: Promise<void>;

  /** @throws when the system starts no process. */
  constructor({ python, program: ofHarness, env }: WarmPython, cwd: string) {
    const program = `${CHECKS_PROGRAM}${ofHarness}${RUN_PROGRAM}${PARENT_PROGRAM}`;
    // Through a shell, as a run is: what a shell adds to an environment is in this one, too.
    this.#child = spawn('/bin/sh', ['-c', 'exec "$@"', 'evald-warm', python, '-c', program], {
      cwd,
      detached: true,
      env: { ...env, EVALD_WARM_ROOM: `${process.pid} `.padEnd(ROOM) },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    const ready = Promise.withResolvers<number>();
    const over = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.over = over.promise;
    ready.promise.catch(() => {});
    this.#child.on('error', (error) => this.#fail(ready.reject, error.message));
    this.#child.stdin?.on('error', () => {});
    // One that could not be started for want of descriptors has no streams at all, whatever its type says.
    const channel = (this.#child.stdio as ChildProcess['stdio'] | undefined)?.[3];
    if (!channel || !('read' in channel)) throw new Error('there is no channel to it: are there too many open files?');
    const late = setTimeout(() => this.#fail(ready.reject, 'it is not ready in time'), START_PATIENCE).unref();
    process.once('exit', this.close);
    this.#write({ env });
    createInterface({ input: channel })
      .on('line', (line) => {
        const { data } = lineSchema.safeParse(parsed(line));
        if (data === undefined) return;
        if ('ready' in data) {
          clearTimeout(late);
          this.memory = data.ready;
          ready.resolve(data.ready);
        } else if ('failed' in data) this.#fail(ready.reject, data.failed, data.folders);
        else this.#take(data);
      })
      // All that could say more has ended or closed it.
      .on('close', () => {
        clearTimeout(late);
        process.off('exit', this.close);
        this.isOver = true;
        ready.reject(new Error('it ended'));
        for (const [id, resolve] of this.#waiting) this.#answer(id, resolve, SURELY_NOTHING);
        for (const launcher of this.#launchers.values()) launcher.lose();
        this.#launchers.clear();
        over.resolve();
      });
    this.#child.unref();
    for (const stream of this.#child.stdio) if (stream && 'unref' in stream) (stream.unref as () => void)();
  }

  /** How many of the runs that it began go on. */
  get running(): number {
    return this.#launchers.size;
  }

  /** Has it start a run. Never throws: what cannot be asked has begun nothing. */
  async launch(run: WarmRun): Promise<Answer> {
    return this.#request(run);
  }

  /** Has a child of it answer by its program's `answer(question)`. Never throws. */
  async ask(question: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#request({ question });
  }

  async #request(what: object): Promise<Answer> {
    if (this.isOver) return SURELY_NOTHING;
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    const timers = [
      setTimeout(this.close, ANSWER_PATIENCE),
      setTimeout(() => this.#answer(id, resolve, { kind: 'silent', isSure: false }), ANSWER_PATIENCE + LAST_PATIENCE),
    ];
    this.#write({ id, ...what });
    return promise.finally(() => timers.forEach(clearTimeout));
  }

  #write(value: object): void {
    this.#child.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  /** Ends it. What it has begun goes on. */
  readonly close = (): void => {
    this.isOver = true;
    // Its own process, not its group: of that no run is part either.
    this.#child.kill('SIGKILL');
  };

  #take(line: IdLine): void {
    const { id } = line;
    const resolve = this.#waiting.get(id);
    if ('part' in line) this.#parts.set(id, [...(this.#parts.get(id) ?? []), line.part]);
    else if ('answered' in line) {
      const text = (this.#parts.get(id) ?? []).join('');
      this.#parts.delete(id);
      this.#answer(id, resolve, line.answered ? { kind: 'answered', value: parsed(text) } : SURELY_NOTHING);
    } else if ('cold' in line) this.#answer(id, resolve, { kind: 'cold', reason: line.cold, isStale: line.stale });
    else if ('begun' in line) {
      const launcher = new ReportedLauncher();
      this.#launchers.set(id, launcher);
      this.#answer(id, resolve, { kind: 'begun', identity: line.begun, launcher });
    } else {
      this.#launchers.get(id)?.end(...endOf(line.ended));
      this.#launchers.delete(id);
      this.#answer(id, resolve, SURELY_NOTHING);
    }
  }

  #answer(id: number, resolve: ((answer: Answer) => void) | undefined, answer: Answer): void {
    this.#waiting.delete(id);
    resolve?.(answer);
  }

  #fail(reject: (error: Error) => void, reason: string, folders: readonly string[] = []): void {
    reject(new UnfitParentError(reason, folders));
    this.close();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Exit code and signal of a status, as waitpid gives it. */
function endOf(status: number): [code: number | null, signal: NodeJS.Signals | null] {
  const signal = status & 0x7f;
  return signal === 0 ? [status >> 8, null] : [null, (signalName(signal) ?? 'SIGKILL') as NodeJS.Signals];
}
