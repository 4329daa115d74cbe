import { EvaldError } from '../../schemas/errors/errors.ts';
import type { JobAttempt, JobInfo, JobPart } from '../../schemas/job/job.ts';
import { MOST_PARTS } from '../../schemas/job/part.ts';
import { maskText } from '../../schemas/secrets/secrets.ts';

/** What of a job says which logs it has. */
export type LoggedJob = Pick<JobInfo, 'completed_at' | 'log' | 'parts' | 'attempts'> & {
  request: { output_dir: string | null };
};

/** A run of a job: of a part of a split one its number, else 0; and which attempt it is, from 1. */
export type RunOfJob = { part: number; attempt: number };

/** Its log. `isOwn`: evald made the folder that it lies in. */
export type JobLog = RunOfJob & { path: string; isOwn: boolean };

/** The run with whose log is begun, and what follows it: all that come, those of the same part, or none. */
export type LogChoice = RunOfJob & { only: 'run' | 'part' | null };

/** The part of a split job that is meant by a task; of several with this name the one that was begun last. @throws EvaldError `outputMissing` */
export function partOf({ job_id: id, parts }: Pick<JobInfo, 'job_id' | 'parts'>, task: string): JobPart {
  if (parts === null) throw new EvaldError('outputMissing', `Job ${id} has one log for all its tasks: it is not split`);
  const named = parts.filter((part) => part.task === task);
  const part = named.findLast(({ started_at }) => started_at !== null) ?? named[0];
  if (part === undefined) throw new EvaldError('outputMissing', `Job ${id} has no task ${maskText(task)}`);
  return part;
}

/**
 * The log of an attempt at a job, or at a part of it, and whether nothing more comes to it.
 * @throws EvaldError `outputMissing` when there was no such attempt.
 */
export function attemptOf(
  job: LoggedJob & Pick<JobInfo, 'job_id'>,
  part: JobPart | null,
  attempt: number,
): { log: string | null; isOver: boolean } {
  const runs = runsOf(job).filter((run) => run.part === (part?.number ?? 0));
  const run = runs.find((one) => one.attempt === attempt);
  if (run !== undefined) return { log: run.log, isOver: run.isOver };
  const of = job.parts !== null && part === null ? '; it is split: `task` says at which' : '';
  throw new EvaldError('outputMissing', `Job ${job.job_id} has had ${runs.length} attempts${of}`);
}

/** The logs that are there of what is meant, in order, and whether no other comes. */
export function logsOf(job: LoggedJob | undefined, choice: LogChoice): { logs: JobLog[]; isOver: boolean } {
  if (job === undefined) return { logs: [], isOver: true };
  const runs = runsOf(job);
  const { part, attempt, only } = choice;
  const first = runs.findIndex((run) => run.part === part && run.attempt === attempt);
  const later = first === -1 ? [] : runs.slice(first);
  const meant = only === 'run' ? later.slice(0, 1) : only === 'part' ? later.filter((run) => run.part === part) : later;
  const isOwn = job.request.output_dir === null;
  return {
    logs: meant.flatMap(({ log, isOver: _, ...run }) => (log === null ? [] : [{ ...run, path: log, isOwn }])),
    isOver: job.completed_at !== null || (only !== null && meant.length > 0 && meant.every(({ isOver }) => isOver)),
  };
}

/** The run of which there is a log, and no later one has one; the first while there is none. @param part the only one that is looked at. */
export function lastLogged(job: LoggedJob | undefined, part: number | null = null): RunOfJob {
  const runs = job === undefined ? [] : runsOf(job).filter((run) => part === null || run.part === part);
  const last = runs.findLast(({ log }) => log !== null) ?? runs[0];
  return last === undefined ? { part: part ?? 0, attempt: 1 } : { part: last.part, attempt: last.attempt };
}

/** The runs of a job in the order in which they are: of each part its attempts, the last of which is under way or has ended. */
function runsOf({
  parts,
  log,
  completed_at: end,
  attempts,
}: LoggedJob): (RunOfJob & { log: string | null; isOver: boolean })[] {
  const lasts = parts ?? [{ number: 0, log, completed_at: end }];
  return lasts.flatMap((last) => {
    const failed = attempts.filter((attempt) => (attempt.part ?? 0) === last.number);
    const before = failed.map((attempt) => ({ ...runOf(attempt), log: attempt.log, isOver: true }));
    // Until it is launched what is shown of the job is the log of the one before it.
    const isOwn = !failed.some((attempt) => attempt.log === last.log);
    const own = { part: last.number, attempt: failed.length + 1, log: isOwn ? last.log : null };
    return [...before, { ...own, isOver: (last.completed_at ?? end) !== null }];
  });
}

const runOf = ({ part, number }: JobAttempt): RunOfJob => ({ part: part ?? 0, attempt: number });

/** Bytes that the log of one run has at most, in what a followed log is gone on with. */
const RUN = 1e12;
/** Parts, and 0 for a job that has none. */
const PARTS = MOST_PARTS + 1;

/** Where in the logs of a job a reader is, as one number; in the first run of a job that is not split it is the byte. */
export const positionIn = ({ part, attempt }: RunOfJob, byte: number): number =>
  (part + PARTS * (attempt - 1)) * RUN + byte;

/** The same back. */
function placeOf(position: number): RunOfJob & { byte: number } {
  const run = Math.floor(position / RUN);
  return { part: run % PARTS, attempt: Math.floor(run / PARTS) + 1, byte: position % RUN };
}

/**
 * Which logs a client follows, and the byte of the first to go on from; null: not said.
 * @param asked the part and the attempt that are meant; null: all that come. @param position what it has read last, as
 * `positionIn` has it, without the part where one is meant; null: not said.
 */
export function followedFrom(
  job: LoggedJob,
  { part, attempt }: { part: JobPart | null; attempt: number | null },
  position: number | null,
): { choice: LogChoice; byte: number | null } {
  const place = position === null ? null : placeOf(position);
  const byte = place?.byte ?? null;
  if (attempt !== null) return { choice: { part: part?.number ?? 0, attempt, only: 'run' }, byte };
  if (part !== null) {
    const run = place === null ? lastLogged(job, part.number) : { part: part.number, attempt: place.attempt };
    return { choice: { ...run, only: 'part' }, byte };
  }
  const isKnown = place !== null && (job.parts === null) === (place.part === 0);
  return isKnown
    ? { choice: { part: place.part, attempt: place.attempt, only: null }, byte }
    : { choice: { ...lastLogged(job), only: null }, byte: null };
}

/** Says where a reader of several logs is, of which the bytes come one behind the other. */
export class LogPlaces {
  readonly #begins: (RunOfJob & { at: number })[];
  #read: number;

  /** @param run of the first log. @param start byte at which it is begun. */
  constructor({ part, attempt }: RunOfJob, start: number) {
    this.#begins = [{ part, attempt, at: 0 }];
    this.#read = start;
  }

  /** The next chunk is of the log of this run. */
  begin({ part, attempt }: RunOfJob): void {
    const last = this.#begins.at(-1);
    if (last?.part !== part || last.attempt !== attempt) this.#begins.push({ part, attempt, at: this.#read });
  }

  async *count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of chunks) {
      this.#read += chunk.length;
      yield chunk;
    }
  }

  /** @param at byte of all that was read, from the start of the first log on. */
  positionOf(at: number): number {
    const begin = this.#begins.findLast((one) => one.at <= at);
    return begin === undefined ? at : positionIn(begin, at - begin.at);
  }
}
