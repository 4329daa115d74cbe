import { isEnd } from '../../machines/job/jobSteps.ts';
import type { JournalEvent } from '../../machines/ports/journal.ts';
import type { JobEvent } from '../../schemas/job/jobEvent.ts';
import { formatTime } from '../../schemas/values/time.ts';
import type { EventsPort } from '../dependencies.ts';
import type { EventSource, ServerSentEvent } from './serverSentEvents.ts';

/** Characters of events that are sent at a time; the last one may go beyond. */
const PAGE = 64 * 1024;

type Feed = {
  after: number;
  /** Only of this job; then the feed ends with the job. */
  jobId?: string;
  /** Whether it waits for what comes; else `event: end` follows the last event there is. */
  isFollowed?: boolean;
};

/**
 * The journal's events after a number, from the journal itself, so that a reader may be as far behind as it likes. Where
 * events were deleted in between (only the oldest ever are), the reader gets the numbers: `event: gap`.
 */
export function eventStream(events: EventsPort, { after, jobId, isFollowed = true }: Feed): EventSource {
  let last = after;
  let isOver = false;
  // A client that is cut off before the first event comes back with this number, and misses nothing.
  let page: ServerSentEvent[] = [{ id: after }];

  const take = (): void => {
    for (let length = 0; length < PAGE && !isOver; ) {
      // One at a time: an event may have a megabyte.
      const [event] = events.events(last, 1, jobId);
      if (event === undefined) {
        if (!isFollowed) page.push({ event: 'end', data: '{}' });
        isOver = !isFollowed;
        return;
      }
      if (jobId === undefined && event.number > last + 1) page.push(gap(last + 1, event.number - 1));
      const data = JSON.stringify(jobEvent(event));
      page.push({ event: event.type, id: event.number, data });
      last = event.number;
      length += data.length;
      isOver = jobId !== undefined && isEnd(event.type);
    }
  };

  return {
    pull: () => {
      if (isOver) return null;
      take();
      const taken = page;
      page = [];
      return taken;
    },
    subscribe: (wake) => events.onCommit(wake),
  };
}

function gap(from: number, to: number): ServerSentEvent {
  return { event: 'gap', id: to, data: JSON.stringify({ from, to }) };
}

function jobEvent({ number, jobId, at, type, data, who }: JournalEvent): JobEvent {
  return { number, job_id: jobId, at: formatTime(at), type, data, who };
}
