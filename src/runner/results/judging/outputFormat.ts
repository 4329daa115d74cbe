import type { ResolvedTask } from '../../../schemas/job/run.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { Wanted } from '../../log/failureLines.ts';
import type { ResultsFile } from '../files/resultsFile.ts';

/** A file that a harness writes of a run. */
export type OutputFile = {
  /** Relative to the output folder. */
  path: string;
  /** The folder in it; empty for a file directly in the output folder. */
  folder: string;
  /** What the names of the files of one run have in common. */
  stamp: string;
  /** `log`: a record of the harness's own, which is not read, and redacted as the others are. */
  kind: 'results' | 'samples' | 'log';
};

/** How often something was logged, and its first words. */
export type Logged = { count: number; first: string | null };

/** What a log says of answers and judgements that failed, and of a cache of responses. */
export type LogErrors = {
  /** Answers that a model did not get, of all tasks: they are not logged by task. */
  answers: Logged;
  /** Judgements (calls of a language model that scores) that failed, by task. */
  judgements: ReadonlyMap<string, Logged>;
  /** Other errors while samples were scored, and judgements that failed while scores were put together. */
  others: Logged;
  /** Requests that were answered from the cache of responses; null when the log has nothing of that cache. */
  cached: number | null;
};

/** What a harness reports of a failure in its log, also when it exits 0. */
export type ReportedFailure = {
  /** Its own text. */
  reason: string;
  /** Whether all that it says is that samples could not be saved. */
  isOfSamples: boolean;
  /** Whether the exception that it is of is shown before it. */
  hasException: boolean;
  /** Where the text stands in the log, in bytes: what led to it stands before. */
  offset: number;
};

/** How the output of a harness is read: what differs from one to the other. All else of judging is common. */
export type OutputFormat = {
  /** What a path in an output folder tells, at most one folder deep; null: it is no file of this harness. */
  readPath(path: string): OutputFile | null;
  /**
   * Reads the text of a results file; absent: it is as lmms-eval and lm-eval write them (`parseResults`).
   * @throws with what is wrong with it.
   */
  parseResults?(text: string): ResultsFile;
  /** What the harness itself reported as failed; null: nothing. @throws when the log cannot be read. */
  readFailure(log: string): Promise<ReportedFailure | null>;
  /** What its log says of answers and judgements that failed. @throws when the log cannot be read. */
  readLogErrors(log: string): Promise<LogErrors>;
  /** The line that names a file of samples as saved, which the path follows; null: there is none to go by. */
  savedSamples: Wanted | null;
  /**
   * What a results file notes that is not what was asked, as text: it is of another run. Null: it may be this one's.
   * @param operatorOptions names of the options that the operator's extra arguments set in the command of the run.
   * @param resolved what the names of the tasks stood for, where that was asked before the run.
   */
  differenceOf(
    file: ResultsFile,
    request: EvaluateRequest,
    operatorOptions: readonly string[],
    resolved?: readonly ResolvedTask[],
  ): string | null;
};

/** Of a log that says nothing of single answers. */
export const noLogErrors = (): LogErrors => ({
  answers: { count: 0, first: null },
  others: { count: 0, first: null },
  judgements: new Map(),
  cached: null,
});
