import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ownCommand } from '../../../../ownFiles.ts';
import { readInherited } from '../procfs.ts';
import { ReportedLauncher } from '../reportedLauncher.ts';

/** What the starter is asked: to hand a script to a shell that waits. The id is the server's. */
export type StarterRequest = { id: number; script: string };

/** What it says, a line each: that it can be asked, how a launcher names itself, and how one ended. */
export type StarterReport =
  | { ready: true }
  | { id: number; pid: number; said: string }
  | { id: number; pid: number | undefined; ended: { code: number | null; signal: NodeJS.Signals | null } };

/** What became of a launch. Silent: no program begins. Unknown: the starter has ended, and it may begin. */
export type StarterAnswer =
  | { kind: 'named'; pid: number; said: string; launcher: ReportedLauncher }
  | { kind: 'silent'; pid: number | undefined }
  | { kind: 'unknown' };

/** A process beside the server that starts launchers, so that the server, which is large, is not copied for each run. */
export type Starter = {
  /** Has a launcher started by a script. @returns null when there is no starter, or not yet: then nothing was begun. Never throws. */
  start(script: string): Promise<StarterAnswer | null>;
  /** Ends it. What it has started goes on. */
  close(): void;
};

/** Milliseconds in which a launcher has named itself, or the starter is ended. */
const PATIENCE = 10_000;
/** How often in a row it may end before it is not started any more. */
const MOST_DEATHS = 3;

/** Makes a starter when one is first asked for, and another when it has ended or would start runs with other limits. */
export function createStarter(): Starter {
  let current: StarterProcess | null = null;
  let deaths = 0;
  let isClosed = false;

  const begin = (): void => {
    if (isClosed || deaths >= MOST_DEATHS) return;
    let mine: StarterProcess;
    try {
      mine = new StarterProcess();
    } catch {
      deaths += 1;
      return;
    }
    current = mine;
    void mine.over.then(() => {
      if (current !== mine) return;
      current = null;
      deaths += 1;
    });
  };

  return {
    async start(script) {
      if (current !== null && current.inherited !== readInherited()) {
        current.close();
        current = null;
      }
      if (current === null) begin();
      if (current === null || !current.isReady) return null;
      const answer = await current.start(script);
      if (answer.kind === 'named') deaths = 0;
      return answer;
    },
    close() {
      isClosed = true;
      current?.close();
      current = null;
    },
  };
}

class StarterProcess {
  readonly inherited = readInherited();
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: StarterAnswer) => void>();
  readonly #launchers = new Map<number, ReportedLauncher>();
  #last = 0;
  isReady = false;
  /** Resolves when it is no more. */
  readonly over: Promise<void>;

  constructor() {
    const [program, ...args] = ownCommand('runner/backends/local/starter/starterProgram', ['--max-old-space-size=32']);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    // Its own session: what a terminal sends is not for it.
    this.#child = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: { PWD: '/' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const { stdin, stdout } = this.#child;
    this.#child.on('error', () => resolve());
    stdin?.on('error', () => {});
    if (stdout === null) return;
    createInterface({ input: stdout })
      .on('line', (line) => {
        const report = reportIn(line);
        if (report !== null) this.#hear(report);
      })
      .on('close', () => {
        this.isReady = false;
        for (const answer of this.#waiting.values()) answer({ kind: 'unknown' });
        this.#waiting.clear();
        for (const launcher of this.#launchers.values()) launcher.lose();
        this.#launchers.clear();
        resolve();
      });
    this.#child.unref();
    for (const stream of [stdin, stdout]) if (stream !== null && 'unref' in stream) (stream.unref as () => void)();
  }

  start(script: string): Promise<StarterAnswer> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<StarterAnswer>();
    this.#waiting.set(id, resolve);
    const request: StarterRequest = { id, script };
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE);
    return promise.finally(() => clearTimeout(timer));
  }

  /** It ends when it has answered what it was asked before. */
  close(): void {
    this.#child.stdin?.end();
  }

  #hear(report: StarterReport): void {
    if ('ready' in report) {
      this.isReady = true;
      return;
    }
    const answer = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    if ('said' in report) {
      const launcher = new ReportedLauncher();
      this.#launchers.set(report.id, launcher);
      answer?.({ kind: 'named', pid: report.pid, said: report.said, launcher });
      return;
    }
    const { pid, ended } = report;
    this.#launchers.get(report.id)?.end(ended.code, ended.signal);
    this.#launchers.delete(report.id);
    answer?.({ kind: 'silent', pid });
  }
}

/** One that is killed may leave half a line. */
function reportIn(line: string): StarterReport | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
