import type { z } from 'zod';
import { gapSchema, type JobEvent, jobEventSchema } from '../schemas/job/jobEvent.ts';
import {
  type LiveStates,
  liveStatesSchema,
  type TransitionReport,
  transitionReportSchema,
} from '../schemas/server/machines.ts';
import { type Message, readMessages } from './messages.ts';
import { reconnect, type StreamOptions } from './reconnect.ts';
import type { Requests } from './requests.ts';

/** Events that are no longer kept stand between those before and those after: from this number to that one. */
export type EventGap = { type: 'gap' } & z.output<typeof gapSchema>;

/** What a feed of events gives. */
export type FeedItem = JobEvent | EventGap;

export type EventsOptions = StreamOptions & {
  /** Only of this job: then the feed begins with its submission and ends with its end. */
  job?: string | undefined;
  /** Number of the last event that is known: those after it come; 0: all that are kept. From now on if left out. */
  after?: number | undefined;
  /** Whether it goes on with what comes; false: it ends with the last event that is there. True if left out. */
  follow?: boolean | undefined;
};

/** What the stream of transitions gives: first the states, again after each loss of the connection; then each transition. */
export type LiveItem = { type: 'live'; live: LiveStates } | { type: 'transition'; transition: TransitionReport };

const stream = { timeout: 30_000, headers: { accept: 'text/event-stream' } };

const ends: ReadonlySet<JobEvent['type']> = new Set(['completed', 'failed', 'cancelled']);

/** Whether a job has ended with this. */
export const isEnd = ({ type }: FeedItem): boolean => type !== 'gap' && ends.has(type);

/** Reads one connection to a feed: `open` when it is there, then what comes. @returns whether all has come. */
export type ReadFeed = (
  feed: Pick<EventsOptions, 'job' | 'after' | 'follow' | 'signal'> & {
    /** The id of the last event that has come. */
    last?: string | undefined;
    onId?: (id: string) => void;
  },
) => AsyncGenerator<FeedItem | { type: 'open' }, boolean>;

export function createFeed(requests: Requests): ReadFeed {
  const { open, read } = requests;
  const itemOf = ({ event, data: text }: Message): FeedItem =>
    event === 'gap'
      ? { type: 'gap', ...read(gapSchema, { status: 200, text }) }
      : read(jobEventSchema, { status: 200, text });
  return async function* ({ job, after, follow, signal, last, onId = () => {} }) {
    const path = job === undefined ? ['events'] : ['jobs', job, 'events'];
    const headers = { ...stream.headers, 'last-event-id': last };
    const answer = await open({ ...stream, headers, path, query: { after, follow }, signal });
    yield { type: 'open' };
    // It has ended, and all of it is known.
    if (answer.status === 204) return true;
    for await (const message of readMessages(answer, requests, { signal, onId })) {
      if (message.event === 'end') return true;
      const item = itemOf(message);
      yield item;
      if (job !== undefined && isEnd(item)) return true;
    }
    return false;
  };
}

/** The feeds of the server. */
export function createEventCalls(requests: Requests, readFeed: ReadFeed) {
  const { open, read } = requests;
  return {
    /**
     * What happens to jobs, in order and without a gap, across losses of the connection and restarts of the server.
     * @throws ClientError
     */
    events: ({ job, after, follow, ...options }: EventsOptions = {}): AsyncGenerator<FeedItem, void> => {
      let last: string | undefined;
      const onId = (id: string) => {
        last = id;
      };
      return reconnect(async function* (opened) {
        const feed = readFeed({ job, after, follow, signal: options.signal, last, onId });
        for (;;) {
          const { done, value } = await feed.next();
          if (done) return value;
          if (value.type === 'open') opened();
          else yield value;
        }
      }, options);
    },

    /** The transitions of all charts, as they happen. What happens while the connection is lost is not in it. @throws ClientError */
    liveTransitions: (options: StreamOptions = {}): AsyncGenerator<LiveItem, void> => {
      const { signal } = options;
      return reconnect(async function* (opened) {
        const answer = await open({ ...stream, path: ['machines', 'live', 'events'], signal });
        opened();
        for await (const { event, data: text } of readMessages(answer, requests, { signal })) {
          if (event === 'live') yield { type: 'live', live: read(liveStatesSchema, { status: 200, text }) };
          else yield { type: 'transition', transition: read(transitionReportSchema, { status: 200, text }) };
        }
        return false;
      }, options);
    },
  };
}
