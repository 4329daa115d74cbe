import { setImmediate } from 'node:timers/promises';
import type { JobPage, Journal } from '../machines/ports/journal.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';

/** Answers a page of jobs, and the cursor of the next one; null at the end. */
export type Search = (page: JobPage) => Promise<{ jobs: JobRecord[]; next: number | null }>;

/** Milliseconds after which a search is answered with what it has found; it goes on with the next page. */
const PATIENCE = 700;
/** Characters of requests and outcomes after which a page is full. */
const FULL = 4_000_000;

/**
 * Goes through all jobs for a search, some milliseconds at a time. However many searches there are, only one of them goes
 * on in a turn of the event loop, so that what else is asked waits for no more than that.
 */
export function createSearch(journal: Pick<Journal, 'list'>): Search {
  let last: Promise<unknown> = Promise.resolve();
  const turn = () => {
    last = last.then(() => setImmediate());
    return last;
  };
  return async (page) => {
    const { jobs, ...first } = journal.list(page);
    const end = performance.now() + PATIENCE;
    let { next, size, isCut } = first;
    while (isCut && jobs.length < page.limit && size < FULL && performance.now() < end) {
      await turn();
      const part = journal.list({ ...page, cursor: next, limit: page.limit - jobs.length, room: FULL - size });
      jobs.push(...part.jobs);
      size += part.size;
      ({ next, isCut } = part);
    }
    return { jobs, next };
  };
}
