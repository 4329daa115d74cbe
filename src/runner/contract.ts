import type { AnyActor, StateValue } from 'xstate';
import type { EngineState } from '../schemas/engine.ts';
import type { Fault } from '../schemas/errors.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { Outcome, PartialResults } from '../schemas/outcome.ts';
import type { Progress } from '../schemas/progress.ts';
import type { LaunchedRun, PreparedRun, RunHandle } from '../schemas/run.ts';
import type { RunReader } from './reader/runReader.ts';

export type { PreparedRun, RunHandle };

/** What a run asks of the place where it runs. */
export type Resources = {
  /** GPUs (`num_gpus`). */
  gpus: number;
  /** Devices of this machine that are the run's own; null: not handed out. */
  devices: readonly string[] | null;
  /** Seconds it may take; null: any time. An engine is told, evald's own timer ends it. */
  seconds: number | null;
  /** Words for the engine, e.g. of sbatch, that the job itself asked for. */
  engineArgs: readonly string[];
};

/** What the folders of a run are found by. */
export type RunFolders = {
  jobId: string;
  request: EvaluateRequest;
  /** Name of the run's own folder, used when the client named none: prefix + job id. */
  folderName: string;
};

/** What a run needs to know of its job. Plain JSON. */
export type RunJob = RunFolders & { resources: Resources };

/** What a backend needs to start a program. */
export type LaunchSpec = {
  jobId: string;
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
};

/**
 * How the program ended. `reason`: why, where the engine knows more than a number. `unknown` when nobody was there to see
 * it. `timedOut` when the engine ended it for its time. `notStarted` when the engine took it and it never began.
 */
export type Exit =
  | { kind: 'code'; code: number; reason?: string }
  | { kind: 'signal'; signal: string; reason?: string }
  | { kind: 'timedOut'; seconds: number }
  | { kind: 'notStarted'; reason: string }
  | { kind: 'unknown'; reason: string };

/**
 * What watching reports. `run.placed` as often as it changes: the node, empty while the engine has given it none, and the
 * state in the engine's words; the engine's name of the run, where that is no longer the one of its handle. `run.exited` once, when the program itself ended; `run.gone` once, after it, when no
 * process of the run is left.
 */
export type RunReport =
  | { type: 'run.placed'; node: string; state: string; id?: string }
  | { type: 'run.exited'; exit: Exit }
  | { type: 'run.gone' };

/**
 * What a run shows while it runs: that its log grew, how far it is, and, once, that it has written the results of all of
 * its tasks.
 */
export type RunSign = { type: 'run.output' } | { type: 'run.progress'; progress: Progress } | { type: 'run.saved' };

/** `terminate` asks every process of the run to end (TERM); `kill` does not ask (KILL). */
export type StopMethod = 'terminate' | 'kill';

/** Why evald itself ended a run. */
export type StopReason =
  | { kind: 'stopped'; who: string | null }
  | { kind: 'interrupted' }
  | { kind: 'timedOut'; seconds: number }
  | { kind: 'stalled'; seconds: number }
  /** Its results are there, and it showed nothing since: it is judged by them. */
  | { kind: 'hung'; seconds: number };

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
   * Takes a run back that has not begun. True: it never will, whatever its place is told later, and `recover` finds none;
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
  /** What is wrong with words that a job has for the engine, for its client to read; null: nothing. Absent: it takes none. */
  checkArgs?(args: readonly string[]): string | null;
}

/** The actors that track runs: a system of their own, for a run is tracked whether it has a runner here or not. */
export type TrackerSystem = {
  /** Root of the actors, to be inspected. */
  readonly root: AnyActor;
  /** The state of each now, with the job whose run it tracks. */
  states(): { jobId: string; value: StateValue }[];
};

/** What a run has measured, before it is judged. */
export type Look = {
  measured: PartialResults;
  /** Whether there are results of all that was asked, and all samples where they are to be kept. */
  isWhole: boolean;
};

/** What a harness says of a request before it is run. */
export type HarnessCheck = {
  /** What would not run as it was asked. */
  faults: Fault[];
  /** What its client should know. */
  warnings: string[];
  /** Why it cannot be known now what would run, for people; null: it is known. */
  unread: string | null;
};

/** Which command evaluates, and how its output is read. */
export interface Harness {
  readonly name: string;
  /**
   * Whether a request would run as it was asked: has the installed harness read back what it would be given, with its
   * credentials. Takes milliseconds once it was asked. Nothing in it shows a credential. Never throws.
   * @param output absolute path of the folder it would be given.
   */
  check(request: EvaluateRequest, output: string): Promise<HarnessCheck>;
  /**
   * The program and its arguments for a request. Everybody on the machine can read them.
   * @param config where the program finds the model's arguments instead, when those are not for everybody.
   * @throws RunError when it cannot be run as asked, UnavailableError when nothing can be run.
   */
  command(request: EvaluateRequest, output: string, config?: string): Promise<[string, ...string[]]>;
  /** What stands in that file for a request. @throws as `command`. */
  configText(request: EvaluateRequest): Promise<string>;
  /** As that of a backend. */
  probe?(): Promise<void>;
  /** Variables to set for the program, beside the scrubbed environment of the server. */
  readonly env: Record<string, string>;
  /** Names of the options that the operator's extra arguments set in the commands it makes. */
  readonly operatorOptions: readonly string[];
  /** Results and samples files now in an output folder, relative to it, sorted. A missing folder has none. */
  list(output: string): Promise<string[]>;
  /**
   * Judges a run that ended with exit code 0: its own results, or why there are none. The operator's extra arguments are
   * taken to be as they were when it was prepared.
   * @param hung seconds of silence after which evald ended it, with its results there; null when it ended by itself.
   * @param reader what reads its files, if not the harness's own.
   */
  judge(run: PreparedRun, request: EvaluateRequest, hung: number | null, reader?: RunReader): Promise<Outcome>;
  /** The run's own results as they are now, of one that goes on or did not end well; null when there are none. */
  look(run: PreparedRun, request: EvaluateRequest, reader?: RunReader): Promise<Look | null>;
  /** Its version as it is now; null when that cannot be found out. Never throws, and does not take long. */
  version(): Promise<string | null>;
  /** Names of the tasks the harness knows. @throws with the harness's words when it cannot say. */
  listTasks(): Promise<string[]>;
  /** Names of the models the harness knows. @throws as `listTasks`. */
  listModels(): Promise<string[]>;
  /** All names of models, also others for the same, as of now. @throws as `listTasks`. */
  allModels(): Promise<string[]>;
  /** When the definition of a task changed last, milliseconds since 1970. @throws when that cannot be found out. */
  tasksChangedAt(): Promise<number>;
  /** Ends what it keeps for being asked. Its runs go on. */
  close(): void;
}

/** Everything the runner chart asks of the outside: a harness and a backend, bound. */
export interface Runs {
  /** As those of a backend. */
  readonly trackers?: readonly TrackerSystem[];
  /**
   * The folder that the client named for a request, in the one spelling of all: absolute, without links. Null when none
   * was named: the run gets one of its own. Looked up once for a request; a run whose folder has since come to be
   * another is not prepared.
   */
  folderOf(request: EvaluateRequest): string | null;
  /** Whether a job would run as it was asked, with what its client should know. @throws UnfitError when it would not. */
  check(job: RunFolders): Promise<string[]>;
  /**
   * Checks again what was asked, makes the folders, opens the log, notes what is there already.
   * @throws UnavailableError when it cannot for a fault of the server, the machine or the engine: then it may be prepared
   * again; RunError when it cannot for one of the job's own, or when something else would run than what was asked.
   */
  prepare(job: RunJob): Promise<PreparedRun>;
  /** @throws as `prepare`; then nothing of it runs, and it may be prepared and launched again. */
  launch(job: RunJob, prepared: PreparedRun): Promise<RunHandle>;
  /** Tries whether a run could be launched now, as far as that can be known without one. @throws UnavailableError */
  probe(): Promise<void>;
  /**
   * The run of a job of which nobody knows whether it was launched: the server ended in between. When it answers null
   * there is none, and a launch that was under way will never start. @throws when that cannot be found out;
   * UnavailableError when it may be later.
   */
  recover(job: RunJob): Promise<LaunchedRun | null>;
  watch(handle: RunHandle, report: (event: RunReport) => void): () => void;
  /** What a run is called where it runs, and the node if its handle tells it. Never throws. */
  whereIs(handle: RunHandle): { name: string; id: string; node: string | null };
  /** What is wrong with words that a job has for the engine, for its client to read; null: nothing. */
  checkEngineArgs(args: readonly string[]): string | null;
  /**
   * Follows log and results and reports signs of life, until the returned function is called. A log that is renamed,
   * deleted, replaced or cut is followed on.
   */
  follow(job: RunJob, prepared: PreparedRun, report: (sign: RunSign) => void, handle: RunHandle): () => void;
  stop(handle: RunHandle, how: StopMethod): Promise<void>;
  /** Takes a run back that has not begun: see `Backend`. */
  withdraw(handle: RunHandle): Promise<boolean>;
  /** The outcome of a run of which nothing runs any more. Never throws for what the run did. */
  collect(job: RunJob, prepared: PreparedRun, exit: Exit, stopReason: StopReason | null): Promise<Outcome>;
  /**
   * Deletes what belongs to evald of a job's run: its own output folder and state. Never a folder the client named.
   * @throws RunError that names the folder which cannot be deleted; its state is kept as long as its output is there.
   */
  discard(job: RunFolders): Promise<void>;
}

/** A run could not be prepared or launched, by a fault of its job; the message says why, for the client to read. */
export class RunError extends Error {
  override name = 'RunError';
}

/** `settings`: the operator's words cannot be used as they are. `passing`: it may go by itself, as a disk that is full. */
export type Unavailability = 'settings' | 'passing';

/**
 * No run can be launched now, by a fault of the server, of its machine or of the engine. The job is not at fault and does not
 * fail: it waits. The message says why and, where it is known, what to do, for the operator to read.
 */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
  readonly kind: Unavailability;
  constructor(message: string, { kind = 'passing', cause }: { kind?: Unavailability; cause?: unknown } = {}) {
    super(message, { cause });
    this.kind = kind;
  }
}
