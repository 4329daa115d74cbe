import type { Fault } from '../../schemas/errors/errors.ts';
import type { Outcome, PartialResults } from '../../schemas/job/outcome.ts';
import type { PreparedRun, ResolvedTask } from '../../schemas/job/run.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import type { WarmPython } from '../backends/backend.ts';
import type { Meter } from '../progress/meter.ts';
import type { RunReader } from '../results/reader/runReader.ts';

/** What a run has measured, before it is judged. */
export type Measurement = {
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
  /** The Python that has it, as the operator named it; null: it needs none. */
  readonly python: string | null;
  /**
   * Whether a request would run as it was asked: has the installed harness read back what it would be given, with its
   * credentials. Takes milliseconds once it was asked. Nothing in it shows a credential. Never throws.
   * @param output absolute path of the folder it would be given.
   */
  check(request: EvaluateRequest, output: string): Promise<HarnessCheck>;
  /**
   * The program and its arguments for a request. Everybody on the machine can read them.
   * @param config where the program finds the model's arguments instead, when those are not for everybody.
   * @param resolved what `resolveTasks` has found; without it the tasks are named as they were asked.
   * @param earlier the folder of the job that it repeats; undefined: of none, or of one that is not known any more.
   * @throws RunError when it cannot be run as asked, UnavailableError when nothing can be run.
   */
  command(
    request: EvaluateRequest,
    output: string,
    config?: string,
    resolved?: readonly ResolvedTask[],
    earlier?: string,
  ): Promise<[string, ...string[]]>;
  /**
   * What the names of the tasks stand for now, in the order of the request: asked before a launch, and kept with the run.
   * Absent: results tell that. @throws RunError when one of them stands for nothing, UnavailableError when it cannot be asked.
   */
  resolveTasks?(request: EvaluateRequest): Promise<ResolvedTask[]>;
  /** Whether a run goes on from the samples that the run of the job which it repeats has answered; absent: it asks all of them. */
  readonly resumes?: boolean;
  /** Whether that file is always there for it; absent: only where one of the arguments is a credential. */
  readonly alwaysConfig?: boolean;
  /** The files of a program of evald's own that its command starts: they are written beside that file. Absent: it starts none. */
  readonly programFiles?: readonly { name: string; read(): Promise<string> }[];
  /** What stands in that file for a request. @throws as `command`. */
  configText(request: EvaluateRequest): Promise<string>;
  /** Why its runs could not start now, as far as is known without one; null: they could. Soon, and asked again now and then. */
  whyNot(): Promise<string | null>;
  /** As that of a backend. */
  probe?(): Promise<void>;
  /** What a command `PYTHON -m MODULE` of it may be forked from (`backends/local/warm`); absent: nothing. */
  readonly warm?: {
    /** What a Python imports that one may be forked from. */
    readonly program: string;
    /** That Python as it is now. @throws UnavailableError when there is none. */
    python(): Promise<WarmPython>;
  };
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
  measure(run: PreparedRun, request: EvaluateRequest, reader?: RunReader): Promise<Measurement | null>;
  /** Its version as it is now; null when that cannot be found out. Never throws, and does not take long. */
  version(): Promise<string | null>;
  /** What of a request it has no list of: such names are not looked up. Absent: it lists all. */
  readonly unlisted?: readonly ('models' | 'tasks')[];
  /** Makes what reads off the log of a run how far it is; absent: by the bars of tqdm. @param ranks processes of the run. */
  meter?(ranks: number): Meter;
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
