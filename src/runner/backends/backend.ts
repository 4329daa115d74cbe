import type { Resources, RunHandle, RunReport, StopMethod, TrackerSystem } from '../../machines/ports/runner.ts';
import type { EngineState } from '../../schemas/engine/engine.ts';

/** What a backend needs to start a program. */
export type LaunchSpec = {
  jobId: string;
  /** What runs, where an engine lists its jobs, for people: `evald:<model>:<task>`. Letters, digits and `:+_.-`. */
  name: string;
  /** Program and arguments, each one word; never a shell line. */
  command: [string, ...string[]];
  /** The environment of the program; a backend adds what it needs to know its own. */
  env: Record<string, string>;
  /** What is taken from the modes of the files that it makes; all but its owner's unless said. */
  umask?: number;
  log: string;
  /** A folder of the run's own for the backend's files: identity, exit code. Exists. */
  state: string;
  resources: Resources;
  /** What a Python imports from which the command may be forked (`warm/parentProgram.ts`); absent: it is always started anew. */
  warm?: string | undefined;
};

/** A Python from which runs may be forked. */
export type WarmPython = {
  /** Its path, as in the command of a run. */
  python: string;
  /** What it imports: `LaunchSpec.warm`. */
  program: string;
  /** The environment of a run, as in `LaunchSpec.env`. */
  env: Readonly<Record<string, string>>;
};

/** Pythons that have imported what runs import, so that these need not. Nothing here throws or keeps a run waiting. */
export type WarmPythons = {
  /** Has one ready for runs to come. Resolves when it is, or when there will be none. */
  prepare(python: WarmPython): Promise<void>;
  /** Makes those of a program again that were ended because there were no runs. */
  revive(program: string): void;
  /**
   * Has a child of one answer by `answer(question)` of its program, with all that it has imported as it is on the disk now.
   * Waits for one that is being made. @returns JSON; null when none can answer, or fails to.
   */
  ask(python: WarmPython, question: Readonly<Record<string, unknown>>): Promise<unknown>;
};

/**
 * Where programs run: this machine, an engine. Every method may be called again after a restart. An engine that does not
 * answer is no fault of a run: what is asked of it meanwhile waits until it does.
 */
export interface Backend {
  readonly name: string;
  /** What it sets in the environment of every run beside what the spec says; absent: nothing that could be a credential. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What tracks its runs; absent: nothing that can be shown. */
  readonly trackers?: readonly TrackerSystem[];
  /**
   * Starts the program, or has the engine queue it.
   * @returns a handle of plain JSON. Its `backend` is the name of this one. Its `node`, if it has one, says where the run
   * is from the launch on; without it that is known when `run.placed` is reported.
   * @throws when the program could not be started; then nothing of it is left. UnavailableError when that is no fault of
   * the run: it may be launched again, with another state folder.
   */
  launch(spec: LaunchSpec): Promise<RunHandle>;
  /**
   * Tries what every launch needs and no run decides, cheaply. Absent: there is nothing of that kind.
   * @throws UnavailableError when no run could be launched now.
   */
  probe?(): Promise<void>;
  /**
   * The run that a launch with this state folder has started. When it answers null there is none, and a launch that was
   * under way will never start. @throws when that can never be found out: then the job is lost.
   */
  recover(state: string): Promise<RunHandle | null>;
  /** Reports until it has reported `run.gone` or the returned function was called. May be called again for the same handle. */
  watch(handle: RunHandle, report: (event: RunReport) => void): () => void;
  /** Signals every process of the run. Resolves when the signal is sent, not when they are gone. Nothing left: no error. */
  stop(handle: RunHandle, how: StopMethod): Promise<void>;
  /**
   * Takes a run back that has not begun. True: it never will, whatever its backend is asked later, and `recover` finds none;
   * false: it has begun, or it cannot be known. @throws when that cannot be found out.
   */
  withdraw(handle: RunHandle): Promise<boolean>;
  /** How the place is, as far as it is known now; asks it at most every few seconds. Never throws. */
  describe(): Promise<EngineState>;
  /** The engine's name of a run: pid, job id. */
  idOf(handle: RunHandle): string;
  /**
   * A path to what a run writes to now, by its own descriptor: it leads to the log also when that was renamed or deleted.
   * Null when the run is not, or not here. Absent: it is never known.
   */
  outputOf?(handle: RunHandle): Promise<string | null>;
  /** What runs are forked from. Absent: each is started anew. */
  readonly warm?: WarmPythons;
  /** Ends what it keeps for runs to come. Its runs go on. Absent: it keeps nothing. */
  close?(): void;
  /** What is wrong with words that a job has for the engine, for its client to read; null: nothing. Absent: it takes none. */
  checkArgs?(args: readonly string[]): string | null;
}
