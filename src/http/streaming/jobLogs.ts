import { EvaldError } from '../../schemas/errors/errors.ts';
import type { JobInfo, JobPart } from '../../schemas/job/job.ts';
import { maskText } from '../../schemas/secrets/secrets.ts';

/** What of a job says which logs it has. */
export type LoggedJob = Pick<JobInfo, 'completed_at' | 'log' | 'parts'> & { request: { output_dir: string | null } };

/** The log of a run: of a part of a split job its number, else 0. `isOwn`: evald made the folder that it lies in. */
export type JobLog = { part: number; path: string; isOwn: boolean };

/** A part to begin with, of a split job, and whether it is the only one that is meant. */
export type LogChoice = { part: number; isOnly: boolean };

/** The part of a split job that is meant by a task; of several with this name the one that was begun last. @throws EvaldError `outputMissing` */
export function partOf({ job_id: id, parts }: Pick<JobInfo, 'job_id' | 'parts'>, task: string): JobPart {
  if (parts === null) throw new EvaldError('outputMissing', `Job ${id} has one log for all its tasks: it is not split`);
  const named = parts.filter((part) => part.task === task);
  const part = named.findLast(({ started_at }) => started_at !== null) ?? named[0];
  if (part === undefined) throw new EvaldError('outputMissing', `Job ${id} has no task ${maskText(task)}`);
  return part;
}

/** The logs that are there of what is meant, in order, and whether no other comes. @param choice null: of a split job the last one and those that follow. */
export function logsOf(job: LoggedJob | undefined, choice: LogChoice | null): { logs: JobLog[]; isOver: boolean } {
  const isOver = job === undefined || job.completed_at !== null;
  if (job === undefined) return { logs: [], isOver };
  const { parts, log, request } = job;
  const isOwn = request.output_dir === null;
  if (parts === null) return { logs: log === null ? [] : [{ part: 0, path: log, isOwn }], isOver };
  const { part: first, isOnly } = choice ?? { part: lastBegun(parts), isOnly: false };
  const meant = parts.filter(({ number }) => (isOnly ? number === first : number >= first));
  return {
    logs: meant.flatMap(({ number, log: path }) => (path === null ? [] : [{ part: number, path, isOwn }])),
    isOver: isOver || (isOnly && meant.every(({ completed_at: end }) => end !== null)),
  };
}

/** The part of which there is a log, and no later one has one; the first while there is none. */
export function lastBegun(parts: readonly JobPart[]): number {
  return parts.findLast(({ log }) => log !== null)?.number ?? 1;
}

/** Bytes that the log of one part has at most, in what a followed log is gone on with. */
const PART = 1e12;

/** Where in the logs of a split job a reader is, as one number; where there is one log its byte. */
export const positionIn = (part: number, byte: number): number => part * PART + byte;

/** The same back. */
const placeOf = (position: number): { part: number; byte: number } => ({
  part: Math.floor(position / PART),
  byte: position % PART,
});

/**
 * Which logs a client follows, and the byte of the first to go on from; null: not said. @param part the only one that is meant; null: all that come.
 * @param position what it has read last, as `positionIn` has it; null: not said.
 */
export function followedFrom(
  { parts }: Pick<JobInfo, 'parts'>,
  part: JobPart | null,
  position: number | null,
): { choice: LogChoice | null; byte: number | null } {
  if (part !== null) return { choice: { part: part.number, isOnly: true }, byte: position };
  const place = position === null ? null : placeOf(position);
  if (parts === null || place === null || place.part === 0)
    return { choice: null, byte: parts === null ? position : null };
  return { choice: { part: place.part, isOnly: false }, byte: place.byte };
}

/** Says where a reader of several logs is, of which the bytes come one behind the other. */
export class LogPlaces {
  readonly #begins: { part: number; at: number }[];
  #read: number;

  /** @param part of the first log. @param start byte at which it is begun. */
  constructor(part: number, start: number) {
    this.#begins = [{ part, at: 0 }];
    this.#read = start;
  }

  /** The next chunk is of this log. */
  begin(part: number): void {
    if (this.#begins.at(-1)?.part !== part) this.#begins.push({ part, at: this.#read });
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
    return begin === undefined ? at : positionIn(begin.part, at - begin.at);
  }
}
