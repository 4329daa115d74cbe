import type { JobRecord } from '../schemas/jobRecord.ts';

/** Bytes of JSON that are kept parsed; in memory it may take several times as much. */
const MOST_KEPT = 16 * 1024 * 1024;
/** What a record takes beside its request. */
const OWN = 1_024;

/** Keeps the records that were asked for last: whatever is at the head of the queue is asked for again and again. */
export class RecentRecords {
  readonly #kept = new Map<string, { record: JobRecord; bytes: number }>();
  #bytes = 0;

  get(jobId: string): JobRecord | undefined {
    const found = this.#kept.get(jobId);
    if (found === undefined) return undefined;
    // The last of a map is the newest.
    this.#kept.delete(jobId);
    this.#kept.set(jobId, found);
    return found.record;
  }

  /** Those that were asked for longest ago go when there are too many; the last one always stays. */
  keep(jobId: string, record: JobRecord, size: number): void {
    this.delete(jobId);
    const bytes = size + OWN;
    this.#kept.set(jobId, { record, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MOST_KEPT || oldest === jobId) break;
      this.delete(oldest);
    }
  }

  delete(jobId: string): void {
    const found = this.#kept.get(jobId);
    if (found === undefined) return;
    this.#bytes -= found.bytes;
    this.#kept.delete(jobId);
  }
}
