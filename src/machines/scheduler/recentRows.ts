import type { JobRecord } from '../../schemas/job/jobRecord.ts';

/** Characters of JSON that are kept parsed; in memory it may take several times as much. */
const MOST_KEPT = 16 * 1024 * 1024;

/** Keeps the rows that were asked for last: whatever is at the head of the queue is asked for again and again. */
export class RecentRows {
  readonly #kept = new Map<string, { row: JobRecord; size: number }>();
  #size = 0;

  get(jobId: string): JobRecord | undefined {
    const found = this.#kept.get(jobId);
    if (found === undefined) return undefined;
    // The last of a map is the newest.
    this.#kept.delete(jobId);
    this.#kept.set(jobId, found);
    return found.row;
  }

  /** Those that were asked for longest ago go when there are too many; the last one always stays. @returns what it was given. */
  keep(jobId: string, row: JobRecord | undefined): JobRecord | undefined {
    if (row === undefined) return undefined;
    this.delete(jobId);
    const size = JSON.stringify(row).length;
    this.#kept.set(jobId, { row, size });
    this.#size += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= MOST_KEPT || oldest === jobId) break;
      this.delete(oldest);
    }
    return row;
  }

  delete(jobId: string): void {
    const found = this.#kept.get(jobId);
    if (found === undefined) return;
    this.#size -= found.size;
    this.#kept.delete(jobId);
  }
}
