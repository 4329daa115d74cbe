import type { AnyActor, StateValue } from 'xstate';
import type { Outcome } from '../../schemas/job/outcome.ts';
import type { LaunchedRun, PreparedRun, Progress, RunHandle } from '../../schemas/job/run.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';

export type { PreparedRun, RunHandle };

/** What a run asks of the place where it runs. */
export type Resources = {
  /** GPUs (`num_gpus`). */
  gpus: number;
  /** Devices of this machine that are the run's own; null: not handed out. */
  devices: readonly string[] | null;
  /** Seconds it may take; null: any time. An engine gets the limit, evald's own timer ends it. */
  seconds: number | null;
  /** CPUs and bytes of memory that the job asked for; null: it did not say. */
  cpus: number | null;
  memory: number | null;
  /** Of the job, from -100 to 100: higher ones first. */
  priority: number;
  /** Words for the engine, e.g. of sbatch, that the job itself asked for. */
  engineArgs: readonly string[];
};

/** What the folders of a run are found by. */
export type RunFolders = {
  jobId: string;
  request: EvaluateRequest;
  /** Name of the harness that runs it. Null in journals of 0.2, and where there is one only: the one for jobs that name none. */
  harness?: string | null;
  /** Name of the run's own folder, used when the client named none: prefix + job id. */
  folderName: string;
  /**
   * Of a split job the part that is run, from 1: `request` has its task alone, and `of` is the request of the job. Its folders lie in
   * those of the job, each in one of its own.
   */
  part?: { number: number; task: string; of: EvaluateRequest };
};

/** What a run needs to know of its job. Plain JSON. */
export type RunJob = RunFolders & {
  resources: Resources;
  /** Which attempt it is, of the job or of the part, from 1; absent: the first. */
  attempt?: number;
  /** Id of the job that it repeats: some harnesses go on from what the run of that has left. Null or absent: it repeats none. */
  retryOf?: string | null;
  /** The file by which its checkpoint is known to be whole, and for how many seconds it was waited for; absent: none was named. */
  ready?: { file: string; seconds: number | null };
};
/** Kinds of end that are the doing of the engine, of its operator or of the machine. `cancelled`: by hand, in the engine. */
export type EndByEngine = 'cancelled' | 'preempted' | 'nodeFailed' | 'outOfMemory';

/**
 * How the program ended. `reason`: why, where the engine knows more than a number. `unknown` when no one was there to see
 * it. `timedOut` when the engine ended it for its time; null: it does not tell what that was. `notStarted` when the engine
 * took it and it never began.
 */
export type Exit =
  | { kind: 'code'; code: number; reason?: string }
  | { kind: 'signal'; signal: string; reason?: string }
  | { kind: 'timedOut'; seconds: number | null }
  | { kind: EndByEngine; reason: string }
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
/** The actors that track runs: a system of their own, for a run is tracked whether it has a runner here or not. */
export type TrackerSystem = {
  /** Root of the actors, to be inspected. */
  readonly root: AnyActor;
  /** The state of each now, with the job whose run it tracks. */
  states(): { jobId: string; value: StateValue }[];
};

/** Everything the runner chart asks of the outside: a harness and a backend, bound. */
export interface RunExecutor {
  /** As those of a backend. */
  readonly trackers?: readonly TrackerSystem[];
  /**
   * The folder that the client named for a request, in the one spelling of all: absolute, without links. Null when none
   * was named: the run gets one of its own. Looked up once for a request; a run whose folder has since come to be
   * another is not prepared.
   */
  folderOf(request: EvaluateRequest): string | null;
  /** The absolute path of a file below the checkpoint that a request names; null when it names no folder. */
  checkpointFile(request: EvaluateRequest, name: string): string | null;
  /** Those of some files that are there. What cannot be found out in time counts as not there. Never throws. */
  findFiles(files: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * The harness that a job gets and keeps. @param named as its submission names it; null: it does not.
   * @param isRepeated whether it repeats another job: where that has none, being of an earlier version, it gets that job's.
   * @throws UnfitError when it is not offered.
   */
  harnessFor(named: string | null, isRepeated?: boolean): Promise<string>;
  /** Whether a job would run as it was asked, with what its client should know. @throws UnfitError when it would not. */
  check(job: RunFolders): Promise<string[]>;
  /**
   * The program that a job would run, and its arguments, as all may see them: credentials are masked. An engine starts it
   * in a way of its own. @throws RunError when it cannot be run as asked, UnavailableError when nothing can be run.
   */
  commandOf(job: RunFolders): Promise<readonly string[]>;
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
   * Looks now and then, now too, whether the disks have room for another run, and reports each time that they have not, and why, until the
   * returned function is called. Without it none is looked at.
   */
  watchDisks?(report: (reason: string) => void): () => void;
  /**
   * The run of a job of which no one knows whether it was launched: the server ended in between. When it answers null
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
