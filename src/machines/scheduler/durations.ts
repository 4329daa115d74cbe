import { hash } from 'node:crypto';
import type { JobRecord } from '../../schemas/job/jobRecord.ts';
import type { Journal } from '../ports/journal.ts';

/** Runs that are looked at: the newest. */
const SAMPLE = 20;
/** Kinds of work that are remembered. */
const MOST_KINDS = 10_000;

/**
 * What the last completed jobs took that asked for the same: harness, tasks, model, samples, GPUs and generation. Remembers
 * what it has read, until a job completes.
 */
export class Durations {
  readonly #journal: Pick<Journal, 'durations'>;
  readonly #known = new Map<string, readonly number[]>();
  /** What a request has in common with others like it, as text. */
  readonly #likes = new WeakMap<JobRecord['request'], string>();

  constructor(journal: Pick<Journal, 'durations'>) {
    this.#journal = journal;
  }

  /** Milliseconds, the shortest first; none: nothing is known of such work. */
  of(request: JobRecord['request'], harness: string | null): readonly number[] {
    const key = `${harness} ${this.#like(request)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#journal.durations(request, SAMPLE, harness).sort((a, b) => a - b);
    if (this.#known.size >= MOST_KINDS) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }

  /** A job has completed: what was known may have changed. */
  forget(): void {
    this.#known.clear();
  }

  #like(request: JobRecord['request']): string {
    const known = this.#likes.get(request);
    if (known !== undefined) return known;
    const { model_args: _, output_dir: __, log_samples: ___, ...like } = request;
    // Requests may be large, and those of dry runs wait in no queue that bounds them.
    const key = hash('sha256', JSON.stringify(like));
    this.#likes.set(request, key);
    return key;
  }
}
