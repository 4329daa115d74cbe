import { open, stat } from 'node:fs/promises';
import { errorMessage } from '../../../../errors.ts';
import { RunError, UnavailableError } from '../../../../machines/ports/runner.ts';
import type { WarmParentState } from '../../../../schemas/engine/engine.ts';
import { anyFolder } from '../../../folders/workingFolder.ts';
import type { WarmPython } from '../../backend.ts';
import { claimOf, claimStart } from '../../shared/claim.ts';
import { type LauncherIdentity, parseIdentity, readIdentity } from '../launcher.ts';
import type { ReportedLauncher } from '../reportedLauncher.ts';
import { type Answer, UnfitParentError, WarmParent, type WarmRun } from './parent.ts';

/** A run that was begun, and its launcher; null when nothing reports its end. */
export type WarmStart = { identity: LauncherIdentity; launcher: ReportedLauncher | null };

export type WarmKindOptions = {
  /** Milliseconds without a run after which its parent is let go. */
  idle: number;
  /** Milliseconds since any fixed point. */
  now: () => number;
  /** Called with why there is no parent, once for each reason. */
  onProblem: (message: string) => void;
  /** Whether a parent of this kind may be made beside the others. */
  mayTake: (kind: WarmKind) => boolean;
  /** Makes room for the parent of a kind. @returns why there can be none; null: there is. */
  makeRoom: (kind: WarmKind) => string | null;
};

type Failure = { reason: string; at: number; files: readonly string[]; look: string };

/** How often in a row a parent is made anew that something else has ended, or while whose making files changed. */
const MOST_DEATHS = 3;
const MOST_CHANGES = 10;
/** Milliseconds. What was edited right now may be edited again, and cannot be told from that by the times of files. */
const REST_AFTER_CHANGE = 3_000;
/** Milliseconds after which what could not be made is tried again, though no file of it seems to have changed. */
const REST_AFTER_FAILURE = 3_600_000;

/** Runs that can be forked from the same parent, and that parent: it is made when it is wanted, and let go when it is not. */
export class WarmKind {
  readonly python: WarmPython;
  readonly #options: WarmKindOptions;
  #parent: WarmParent | null = null;
  #isReady = false;
  #making: Promise<void> | null = null;
  #failure: Failure | null = null;
  readonly #reported = new Set<string>();
  readonly #tries = { deaths: 0, changes: 0 };
  #timer: NodeJS.Timeout | undefined;
  /** Runs while what has just changed is left to settle: no parent is made before it is over, however many runs come. */
  #rest: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #count = { warm: 0, cold: 0 };
  #lastCold: string | null = null;
  /** Bytes that its parent takes, or took when there last was one; null before the first. */
  size: number | null = null;
  /** When a run was last asked of it, by `now`. */
  lastUse: number;
  /** Whether its parent was ended because there were no runs. */
  isAsleep = false;

  constructor(python: WarmPython, options: WarmKindOptions) {
    this.python = python;
    this.#options = options;
    this.lastUse = options.now();
  }

  /** Bytes that are taken now. */
  get memory(): number {
    return this.#parent?.memory ?? 0;
  }

  /** Makes its parent if there is none. Resolves when it is ready, or it is known that there will be none for now. Never throws. */
  make(): Promise<void> {
    this.#making ??= this.#begin().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  /** Ends its parent; one is made again when a run comes. */
  letGo(): void {
    this.#parent?.close();
    this.#parent = null;
    this.#isReady = false;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#rest);
    this.letGo();
  }

  /** As `WarmStarts.launch`. */
  async launch(run: WarmRun): Promise<WarmStart | null> {
    this.lastUse = this.#options.now();
    const started = await this.#start(run);
    this.#count[started === null ? 'cold' : 'warm'] += 1;
    return started;
  }

  /** As `WarmPythons.ask`. */
  async ask(question: Readonly<Record<string, unknown>>): Promise<unknown> {
    // It is not made for that: it would stay for as long as lists are asked for.
    await this.#making;
    const parent = this.#usable();
    const answer = await parent?.ask(question);
    if (parent !== null && answer !== undefined) this.#noteRefusal(parent, answer);
    return answer?.kind === 'answered' ? answer.value : null;
  }

  describe(): WarmParentState {
    const isLoading = this.#parent !== null && !this.#isReady;
    const isFailed = this.#failure !== null;
    const state = isFailed ? 'failed' : this.#parent === null ? 'none' : isLoading ? 'loading' : 'ready';
    const { python, program } = this.python;
    return {
      module: moduleOf(program),
      python,
      state,
      reason: this.#failure?.reason ?? null,
      last_cold: this.#lastCold,
      memory_bytes: this.#parent?.memory ?? null,
      ...this.#count,
    };
  }

  async #start(run: WarmRun): Promise<WarmStart | null> {
    this.#restIn();
    const parent = this.#usable();
    if (parent === null) {
      void this.make();
      return null;
    }
    const answer = await parent.launch(run);
    this.#noteRefusal(parent, answer);
    if (answer.kind === 'silent') return answer.isSure ? nothingBegan(run.state) : settle(run.state);
    if (answer.kind !== 'begun') return null;
    const identity = parseIdentity(answer.identity);
    if (identity === null) throw new Error(`a warm launcher named itself ${answer.identity}`);
    Object.assign(this.#tries, { deaths: 0, changes: 0 });
    return { identity, launcher: answer.launcher };
  }

  #usable(): WarmParent | null {
    if (this.#parent?.isOver) this.letGo();
    return this.#isReady && !this.#isClosed ? this.#parent : null;
  }

  #noteRefusal(parent: WarmParent, answer: Answer): void {
    if (answer.kind === 'silent') this.#lastCold = 'its parent was ended, or did not answer in time';
    if (answer.kind !== 'cold') return;
    this.#lastCold = answer.reason;
    if (!answer.isStale || this.#parent !== parent) return;
    this.letGo();
    this.#makeLater();
  }

  async #begin(): Promise<void> {
    if (this.#isClosed || this.#parent !== null || this.#rest !== undefined || !(await this.#mayTry())) return;
    const { python } = this.python;
    if (!(await isInterpreter(python))) {
      await this.#fail(`${python} is a script, which may set variables; name the Python that it starts (--python)`);
      return;
    }
    const cwd = await anyFolder();
    if (this.#isClosed) return;
    const parent = this.#parentIn(cwd);
    if (parent === null) return;
    this.#parent = parent;
    this.isAsleep = false;
    this.#restIn();
    void parent.over.then(() => this.#noteDeath(parent));
    try {
      this.size = await parent.ready;
      if (this.#parent !== parent) return;
      const reason = this.#options.makeRoom(this);
      if (reason === null) this.#isReady = true;
      else await this.#fail(reason);
    } catch (error) {
      if (this.#parent === parent) await this.#noteUnfit(error);
    }
  }

  /** Null when the system starts none now: what wants one next tries again. */
  #parentIn(cwd: string): WarmParent | null {
    try {
      return new WarmParent(this.python, cwd);
    } catch (error) {
      this.#lastCold = `its parent could not be started: ${errorMessage(error)}`;
      return null;
    }
  }

  async #mayTry(): Promise<boolean> {
    if (this.#failure !== null) {
      const { at, files, look } = this.#failure;
      const isDue = this.#options.now() - at >= REST_AFTER_FAILURE || (await lookOf(files)) !== look;
      if (!isDue) return false;
      this.#failure = null;
      Object.assign(this.#tries, { deaths: 0, changes: 0 });
    }
    if (this.#options.mayTake(this)) return true;
    this.#lastCold = 'runs of another kind use the memory that --warm-memory allows';
    return false;
  }

  async #noteUnfit(error: unknown): Promise<void> {
    const reason = errorMessage(error);
    this.letGo();
    this.#tries.changes += 1;
    if (reason.includes(CHANGED) && this.#tries.changes < MOST_CHANGES) this.#makeLater();
    else await this.#fail(reason, error instanceof UnfitParentError ? error.folders : []);
  }

  #noteDeath(parent: WarmParent): void {
    if (this.#parent !== parent) return;
    this.letGo();
    this.#tries.deaths += 1;
    if (this.#tries.deaths >= MOST_DEATHS) void this.#fail('it was ended again and again');
  }

  async #fail(reason: string, folders: readonly string[] = []): Promise<void> {
    const files = [this.python.python, ...folders];
    this.#failure = { reason, at: this.#options.now(), files, look: '' };
    this.letGo();
    if (!this.#reported.has(reason)) this.#options.onProblem(reason);
    this.#reported.add(reason);
    this.#failure = { ...this.#failure, look: await lookOf(files) };
  }

  #makeLater(): void {
    this.#rest ??= setTimeout(() => {
      this.#rest = undefined;
      void this.make();
    }, REST_AFTER_CHANGE).unref();
  }

  #restIn(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // One that takes long to load would never be there.
      if (this.#making !== null || (this.#parent?.running ?? 0) > 0) return this.#restIn();
      this.isAsleep = this.#parent !== null;
      this.letGo();
    }, this.#options.idle).unref();
  }
}

/** As the parent's program says of files that changed. */
const CHANGED = 'changed';

const moduleOf = (program: string): string => /^MODULE = "(.*)"$/m.exec(program)?.[1] ?? '';

/** What a script adds to an environment is not known before it is run; a program of the system adds nothing. */
async function isInterpreter(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  // What comes of it shows when it is started.
  if (file === null) return true;
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === '\x7fELF';
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** How files are now: a folder changes when something is installed into it. */
async function lookOf(files: readonly string[]): Promise<string> {
  const found = files.map((file) => stat(file, { bigint: true }).catch(() => null));
  return (await Promise.all(found)).map((one) => (one === null ? '' : `${one.dev} ${one.ino} ${one.ctimeNs}`)).join();
}

/** Nothing of it runs, or will. Where its start was not claimed it can be started cold. */
async function nothingBegan(state: string): Promise<null> {
  const claim = await claimOf(state);
  if (claim === null) return null;
  if (claim === 'evald') throw new RunError(`the start was claimed in ${state}`);
  throw new UnavailableError('its launcher was ended before its program began');
}

/** It is not known whether it begins: so it is claimed, as after a restart. */
async function settle(state: string): Promise<WarmStart> {
  if (await claimStart(state)) throw new UnavailableError('its launcher did not answer, and starts nothing any more');
  const identity = await readIdentity(state);
  if (identity === null) throw new Error(`${state} was claimed by a launcher that left no identity`);
  return { identity, launcher: null };
}
