import type { FailedAttempt } from '../../schemas/job/attempt.ts';
import type { NewJob } from '../../schemas/job/job.ts';
import type { JobRecord } from '../../schemas/job/jobRecord.ts';
import type { CompletedOutcome, FailedOutcome, FailureKind, Metric } from '../../schemas/job/outcome.ts';
import type { EndedPart } from '../../schemas/job/part.ts';
import type { LaunchedRun, Placement } from '../../schemas/job/run.ts';
import type { Secrets } from '../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import type { JobOptions } from '../../schemas/submission/jobOptions.ts';
import type { JsonValue } from '../../schemas/values/json.ts';

/**
 * What happened to a job, to be recorded and then applied. `at` is milliseconds since 1970, to be shown; `monotonic` the
 * same moment in the journal's own time, by which spans are measured. `launched` changes no
 * state: it says how to find the run again; nor does `placed`, which says where its engine has put it, nor `withdrawn`,
 * after which the job is without a run: it was taken back before it began; nor `taskCompleted`, after which a part of a split job has
 * ended, and its run is no longer that of the job; nor `attemptFailed`, after which the job, or the part that is under way, is without a
 * run until the next attempt is launched; nor `stopRequested`, after which the run is to
 * end, by this server or the next; nor `reprioritised`, after which a job that waits has another priority. `started` carries
 * the devices that the run has as its own, where they are handed out. `who` is the name of the token by which it
 * was asked for. `cancelledFor` is the job that had to complete before it and did not. `notify` are the URLs to which the ended job
 * is to be posted. `secrets` are what the request of a new job
 * keeps back; they are gone from the journal when the job has ended. `imported` marks those of a job that an earlier run was imported
 * as: `submitted`, `started` and `completed` in one commit, while nothing waits, runs or ends here; `at` is then of that run.
 */
export type Transition = { jobId: string; at: number; monotonic?: number; imported?: true } & (
  | { type: 'submitted'; job: NewJob; secrets?: Secrets | null }
  | { type: 'started'; devices?: readonly string[] }
  | { type: 'launched'; run: LaunchedRun }
  | { type: 'placed'; place: Placement }
  | { type: 'withdrawn' }
  | { type: 'taskCompleted'; part: EndedPart }
  | { type: 'attemptFailed'; attempt: FailedAttempt }
  | { type: 'stopRequested'; who: string | null }
  | { type: 'reprioritised'; priority: number; who: string | null }
  | { type: 'cancelled'; who: string | null; notify: readonly string[]; cancelledFor?: string }
  | { type: 'completed'; outcome: CompletedOutcome; notify: readonly string[] }
  | { type: 'failed'; outcome: FailedOutcome; notify: readonly string[] }
);

/** A transition as it was numbered in the journal. */
export type JournalEvent = {
  number: number;
  jobId: string;
  at: number;
  type: Transition['type'];
  /** What it says beyond its type: model and tasks, the log, the kind of failure. */
  data: { [key: string]: JsonValue };
  who: string | null;
};

/** An ended job that is still to be posted to a URL. The host is the URL's, with its port. */
export type Delivery = { number: number; jobId: string; url: string; host: string; attempts: number; dueAt: number };

/** Which jobs are wanted; absent: any. */
export type JobFilter = {
  status?: JobRecord['status'] | undefined;
  model?: string | undefined;
  task?: string | undefined;
  /** `name:value`, as in the index. */
  label?: string | undefined;
  /** Milliseconds since 1970: created then or later. */
  since?: number | undefined;
  /** The name of a token. */
  submittedBy?: string | undefined;
  /** The beginning of an id. */
  idPrefix?: string | undefined;
  /** Each occurs in what is shown of the job that says what it is or why it failed; in small letters. */
  texts?: readonly string[] | undefined;
};

/** A page of jobs by arrival. The cursor is the turn of the last job that was seen; jobs that arrive do not move it. */
export type JobPage = {
  filter: JobFilter;
  order: 'newest' | 'oldest';
  cursor: number | null;
  limit: number;
  /** Characters of requests and outcomes after which it is full; the journal's own limit unless said. */
  room?: number;
};

/** Which scores are wanted; absent: any. */
export type ScoreFilter = {
  jobId?: string | undefined;
  model?: string | undefined;
  /** A task or a group, by its name. */
  task?: string | undefined;
  metric?: string | undefined;
  /** How answers were read before they were scored; `none` where they were not. */
  filter?: string | undefined;
  /** `name:value`, as in the index. */
  label?: string | undefined;
  /** Milliseconds since 1970: of jobs that ended then or later. */
  since?: number | undefined;
};

/** Which scores come first: those whose jobs ended first, or last. One order is the other, backwards. */
export type ScoreOrder = 'oldest' | 'newest';

/** A page of scores by the order in which their jobs ended; the oldest first unless said. The cursor is the position up to which all was read. */
export type ScorePage = { filter: ScoreFilter; cursor: number | null; limit: number; order?: ScoreOrder };

/** What made the scores of a completed job, which may be forgotten meanwhile. */
export type ScoreSource = {
  jobId: string;
  /** Milliseconds since 1970. */
  endedAt: number;
  /** True of an earlier run that was read from its files. */
  imported: boolean;
  model: string;
  /** `pretrained` of the model arguments. */
  checkpoint: string | null;
  labels: JobOptions['labels'];
  submittedBy: string | null;
  harness: string | null;
  harnessVersion: string | null;
  gitHash: string | null;
  seed: string | null;
  numGpus: number | null;
  /** Samples a task, below 1 a fraction; null: all. */
  sampleLimit: number | null;
};

/** One score of one completed job. Those of a job may share one `source`. */
export type StoredScore = Pick<Metric, 'value' | 'stderr' | 'n'> & {
  source: ScoreSource;
  task: string;
  metric: string;
  filter: string;
  higherIsBetter: boolean | null;
  isGroup: boolean;
  taskVersion: string | null;
  numFewshot: number | null;
};

/** Tasks of a job that is kept which have no score, the newest jobs first. The cursor is the turn of the last job that was looked at. */
export type UnscoredPage = {
  filter: Pick<ScoreFilter, 'jobId' | 'model' | 'label' | 'since'>;
  cursor: number | null;
  limit: number;
  /** Whether a name in a request is meant; all are unless said. */
  isMeant?: (task: string) => boolean;
};

/** Tasks that a job was asked for and has no score of. */
export type UnscoredJob = Pick<ScoreSource, 'jobId' | 'imported' | 'model' | 'checkpoint' | 'labels'> & {
  tasks: string[];
  status: JobRecord['status'];
  /** Null until it has ended. */
  endedAt: number | null;
  failureKind: FailureKind | null;
};

/**
 * What a start needs to know of a job in the journal. The rest of its row is read when it is asked for (`find`): most jobs of a
 * long queue never are.
 */
export type StoredJob = {
  jobId: string;
  status: JobRecord['status'];
  priority: number;
  /** Grows with each arrival. */
  sequence: number;
  /** Of its submission as JSON. */
  bytes: number;
  submittedBy: string | null;
  /** The pool of devices that it names; null: none. */
  pool: string | null;
  /** Whether it may wait for a checkpoint or for other jobs: its record says. */
  mayBeHeld: boolean;
  /** Of a job that runs, its record at the start: its row goes on. Null of any other. */
  record: JobRecord | null;
};

/** How many jobs that have not ended are in a state, of those with a harness; null: they are of an earlier version, and name none. */
export type UnendedCount = { status: JobRecord['status']; harness: string | null; count: number };

/** What is large of a job, and changes only when it, or a part of it, ends: its actor does not have it. */
export type JobContent = Readonly<Pick<JobRecord, 'request' | 'outcome' | 'parts'>> & { size: number };

/**
 * A transition that the journal refuses, whenever it is asked: it contradicts what is recorded. Any other error of an
 * `append` says that the disk could not be written, and that the same transition may be recorded later.
 */
export class JournalContradiction extends Error {
  override name = 'JournalContradiction';
}

/** The record of every transition. */
export interface Journal {
  /**
   * Records all of them or none, in order; they are on disk when it resolves. A `launched`, `placed` or `withdrawn` of a job that
   * has ended or is forgotten says nothing that is still of use, and is passed over; so is a `taskCompleted` of a part that is known to
   * have ended, and an `attemptFailed` of an attempt that is known to have failed.
   * @throws JournalContradiction when one of them contradicts the journal, another error when they could not be
   * written; the reason is for the client to read.
   */
  append(transitions: readonly Transition[]): Promise<void>;
  /**
   * Why nothing can be recorded, as far as that is seen without trying: its folder was deleted, moved or replaced. Null
   * while nothing is known. Costs microseconds.
   */
  fault(): string | null;
  /** Resolves when the journal can be written again. @throws while it cannot. */
  probe(): Promise<void>;
  /**
   * Jobs that wait, in the order in which they will start, that run, and the `finished` newest of those that ended,
   * both in the order in which it happened.
   */
  restore(finished: number): StoredJob[];
  /** Jobs that have not ended, counted. O(jobs that have not). */
  countUnended(): UnendedCount[];
  /** A job that is kept, live or not. */
  find(jobId: string): JobRecord | undefined;
  /** What only the row of a job that is kept has, and the characters of it as JSON: a part of what `find` reads. */
  findContent(jobId: string): JobContent | undefined;
  /** The job that was submitted with a key, and the hash of its request. */
  findByKey(key: string): { jobId: string; requestHash: string } | undefined;
  /**
   * The jobs that ended first, beyond the newest `keep` or before a moment of the journal's own time: at most `limit`, in
   * the order in which they ended, but for those that are still to be delivered or that are kept. It may give fewer
   * when they are large, and gives none only when there are none.
   */
  expired(keep: number, before: number, limit: number, isKept?: (jobId: string) => boolean): JobRecord[];
  /** What the request of a job that has not ended keeps back; null when that is nothing. */
  secretsOf(jobId: string): Secrets | null;
  /** Jobs that repeat the request of a job, in order. */
  retriesOf(jobId: string): string[];
  /**
   * The journal's own time, in milliseconds: never runs back, whatever the machine's clock does, and goes on after a restart
   * from where it was. What passes between two boots of the machine is not counted, for nothing measures it.
   */
  monotonic(): number;
  /**
   * Milliseconds that the last completed jobs took that asked for the same: tasks, model, samples, GPUs and generation,
   * whatever the arguments of the model. At most `count`, in any order; of the last jobs with these tasks some hundreds are
   * looked at. @param harness which evaluated them; null, and without it: any. Jobs of earlier versions do not say.
   */
  durations(request: EvaluateRequest, count: number, harness?: string | null): number[];
  /**
   * A page of jobs, the turn after which the next one goes on, if there may be more, and the characters of requests and
   * outcomes that it has. One with `texts` takes some milliseconds at most, and is cut then.
   */
  list(page: JobPage): { jobs: JobRecord[]; next: number | null; size: number; isCut: boolean };
  /**
   * A page of scores, and the position after which the next one goes on; null: these were the last. It takes some
   * milliseconds at most, and is cut then (`isCut`): there may be more in the next part.
   */
  scores(page: ScorePage): { scores: StoredScore[]; next: number | null; isCut: boolean };
  /** Jobs that are kept and have no score of a task that they were asked for: `limit` tasks or a few more. As `scores`. */
  unscored(page: UnscoredPage): { jobs: UnscoredJob[]; next: number | null; isCut: boolean };
  /**
   * Jobs that have a results file of this name in a folder that a client named, forgotten ones too while there may be scores of
   * them. `hash` is the SHA-256 of one that was imported; null: this server wrote it.
   */
  resultFiles(name: string): { folder: string; jobId: string; hash: string | null }[];
  /** Events after a number, of one job or of all, at most `limit`, in order. */
  events(after: number, limit: number, jobId?: string): JournalEvent[];
  /** The number of the last event; 0 when there is none. */
  lastEvent(): number;
  /** Calls the listener after every commit. @returns a function that ends it. */
  onCommit(listener: () => void): () => void;
  /** What was saved under a name; undefined when nothing was. */
  setting(name: string): JsonValue | undefined;
  saveSetting(name: string, value: JsonValue): Promise<void>;
  /** Deliveries due at a moment of the journal's own time: the `perHost` of each host that are due the longest; the longest due first. */
  dueDeliveries(at: number, perHost: number): Delivery[];
  /** Deliveries that are due later than such a moment: at most `limit`, the next first. */
  laterDeliveries(after: number, limit: number): Delivery[];
  /** Notes a failed attempt, and when to try again. */
  postponeDelivery(number: number, dueAt: number, error: string): Promise<void>;
  /** A delivery was made, or is given up. */
  endDelivery(number: number): Promise<void>;
  /** Deletes finished jobs for good, all or none; their scores stay. @returns how many there were. */
  forget(jobIds: readonly string[]): Promise<number>;
  /**
   * Deletes the scores of jobs that ended before a moment of the journal's own time, the first `limit` of them.
   * @returns of how many jobs there were.
   */
  forgetScores(before: number, limit: number): Promise<number>;
  /** Writes what it was given, and ends. */
  close(): Promise<void>;
}
