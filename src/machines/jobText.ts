import type { JobInfo } from '../schemas/job.ts';
import type { Place } from './orderedQueue.ts';

/** A job as JSON, in the pieces that stand before, between and behind what changes while it waits. */
export type JobText = readonly string[];

/** What changes while nothing happens to the job itself. */
export type Changing = Pick<JobInfo, 'position_in_queue' | 'expected_start_at' | 'expected_end_at'>;

const changing: ReadonlySet<string> = new Set<keyof Changing>([
  'position_in_queue',
  'expected_start_at',
  'expected_end_at',
]);

/** A text, and what else is kept with it: where its job stands in the queue, once that was looked up. */
export type KeptText = { readonly text: JobText; place?: Place | undefined };

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

/** The whole text: what `JSON.stringify` makes of the job. Of what is no number none needs to be escaped. */
export function writeJob([head, ahead, start, end]: JobText, now: Changing): string {
  const { position_in_queue: position, expected_start_at: startAt, expected_end_at: endAt } = now;
  return `${head}${position}${ahead}${quoted(startAt)}${start}${quoted(endAt)}${end}`;
}

const quoted = (time: string | null): string => (time === null ? 'null' : `"${time}"`);

/**
 * Keeps the texts of the jobs that were asked for last, by what is known of them: an object that is never changed, but
 * followed by another. Whoever waits for a job asks for it again and again; a text of each job would be too much.
 */
export class JobTexts {
  #young = new Map<object, KeptText>();
  #old = new Map<object, KeptText>();
  #size = 0;

  /** The text of a job, made if it is not kept. @param known what it is made of. */
  of(known: object, make: () => JobText): KeptText {
    const young = this.#young.get(known);
    if (young !== undefined) return young;
    const kept: KeptText = this.#old.get(known) ?? { text: make(), place: undefined };
    for (const piece of kept.text) this.#size += piece.length;
    if (this.#size > MOST_KEPT) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    this.#young.set(known, kept);
    return kept;
  }
}
