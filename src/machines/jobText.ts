import type { JobInfo } from '../schemas/job.ts';
import type { Place } from './orderedQueue.ts';

/** A job as JSON, in the pieces that stand before, between and behind what changes while it waits. */
export type JobText = readonly string[];

/** What changes while nothing happens to the job itself. */
export type Changing = Pick<JobInfo, 'position_in_queue' | 'waiting_for' | 'expected_start_at' | 'expected_end_at'>;

const changing: ReadonlySet<string> = new Set<keyof Changing>([
  'position_in_queue',
  'waiting_for',
  'expected_start_at',
  'expected_end_at',
]);

/** A text that is kept, with what it was made of: an object that is never changed, but followed by another. */
export type KeptText = {
  readonly jobId: string;
  readonly known: object;
  readonly text: JobText;
  /** Where its job stands in the queue; null when it did not. */
  readonly place: Place | null;
};

/** Characters that are kept of each of two generations of texts. */
const MOST_KEPT = 16 * 1024 * 1024;

/** Writes what stays as it is of a job. */
export function jobText(info: JobInfo): JobText {
  const pieces: string[][] = [[]];
  for (const [name, value] of Object.entries(info)) {
    const text = JSON.stringify(value);
    if (text === undefined) continue;
    const isFirst = pieces.length === 1 && pieces[0]?.length === 0;
    pieces.at(-1)?.push(`${isFirst ? '{' : ','}"${name}":`);
    if (changing.has(name)) pieces.push([]);
    else pieces.at(-1)?.push(text);
  }
  pieces.at(-1)?.push('}');
  return pieces.map((piece) => piece.join(''));
}

/** The whole text: what `JSON.stringify` makes of the job. Times need not be escaped. */
export function writeJob([head, ahead, waiting, start, end]: JobText, now: Changing): string {
  const { position_in_queue: position, waiting_for: reason, expected_start_at: startAt, expected_end_at: endAt } = now;
  const what = reason === null ? 'null' : JSON.stringify(reason);
  return `${head}${position}${ahead}${what}${waiting}${quoted(startAt)}${start}${quoted(endAt)}${end}`;
}

const quoted = (time: string | null): string => (time === null ? 'null' : `"${time}"`);

/**
 * Keeps the texts of the jobs that were asked for last. Whoever waits for a job asks for it again and again; a text of
 * each job would be too much.
 */
export class JobTexts {
  #young = new Map<string, KeptText>();
  #old = new Map<string, KeptText>();
  #size = 0;

  /** What was kept of a job, which may be of before something happened to it. */
  find(jobId: string): KeptText | undefined {
    const young = this.#young.get(jobId);
    if (young !== undefined) return young;
    const old = this.#old.get(jobId);
    if (old !== undefined) this.keep(old);
    return old;
  }

  /** Keeps a text in the place of that of before. Those that were asked for longest ago go when there are too many. */
  keep(kept: KeptText): KeptText {
    for (const piece of kept.text) this.#size += piece.length;
    if (this.#size > MOST_KEPT) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    this.#young.set(kept.jobId, kept);
    return kept;
  }
}
