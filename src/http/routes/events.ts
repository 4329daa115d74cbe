import { type Context, Hono } from 'hono';
import type { InvalidField } from '../../schemas/errors/errorBody.ts';
import { EvaldError } from '../../schemas/errors/errors.ts';
import { type Reading, readRequest } from '../../schemas/errors/issues.ts';
import {
  endSchema,
  eventsQuerySchema,
  gapSchema,
  jobEventSchema,
  lastEventIdHeader,
  lastEventIdSchema,
} from '../../schemas/job/jobEvent.ts';
import { jobPath } from '../../schemas/server/paths.ts';
import type { AppDependencies } from '../dependencies.ts';
import { stream } from '../openapi/examples/jobs.ts';
import { laterRefusal, noJob, type Operation, queryRefusal } from '../operation.ts';
import { readQuery } from '../query.ts';
import { eventStream } from '../streaming/eventStream.ts';
import type { StreamEvents } from '../streaming/serverSentEvents.ts';

const feed = {
  method: 'get',
  role: 'read',
  query: eventsQuerySchema,
  headers: lastEventIdHeader,
} as const;
const described =
  'server-sent events, `id` the number, `event` the type, `data` as the schema says. `event: gap` tells the numbers `from` and `to` of events after yours that are no longer kept; `event: end`, where `follow` is false, that these are all there are';
const tooMany = laterRefusal(
  'Too many streams are open',
  '1000 streams of events are open; no more are. Try again later.',
);

export const eventsOperations: Operation[] = [
  {
    id: 'followEvents',
    tag: 'events',
    ...feed,
    path: '/events',
    summary: 'Follow what happens to all jobs, from now on or from a number, without a gap',
    answers: {
      200: {
        description: `Until the server ends: ${described}`,
        events: [jobEventSchema, gapSchema, endSchema],
        example: stream,
      },
      ...queryRefusal,
      503: tooMany,
    },
  },
  {
    id: 'followJobEvents',
    tag: 'events',
    ...feed,
    path: '/jobs/{job_id}/events',
    parameters: jobPath,
    summary: 'Follow what happens to a job, from its submission to its end',
    answers: {
      200: {
        description: `Until the job ends: ${described}`,
        events: [jobEventSchema, gapSchema, endSchema],
        example: stream,
      },
      204: {
        description: 'It has ended, and nothing happened after that number: browsers do not come back',
        empty: true,
      },
      404: noJob,
      ...queryRefusal,
      503: tooMany,
    },
  },
];

type Dependencies = Pick<AppDependencies, 'scheduler' | 'events'> & { streamEvents: StreamEvents };

/** Streams the journal's events. */
export function eventsRoutes({ scheduler, events, streamEvents }: Dependencies) {
  return new Hono()
    .get('/events', (c) => {
      const feed = readFeed(c, events.lastEvent());
      if (!feed.ok) return c.json({ detail: feed.detail }, 422);
      const { after = events.lastEvent(), follow } = feed.request;
      return streamEvents(c, eventStream(events, { after, isFollowed: follow }));
    })
    .get('/jobs/:job_id/events', (c) => {
      const jobId = c.req.param('job_id');
      const job = scheduler.getJobWithPosition(jobId);
      if (job === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
      const feed = readFeed(c, events.lastEvent());
      if (!feed.ok) return c.json({ detail: feed.detail }, 422);
      const { after = 0, follow } = feed.request;
      const isAllKnown = job.completed_at !== null && events.events(after, 1, jobId).length === 0;
      return isAllKnown
        ? c.body(null, 204)
        : streamEvents(c, eventStream(events, { after, jobId, isFollowed: follow }));
    });
}

type FeedRequest = { after: number | undefined; follow: boolean };

/**
 * What a client wants of a feed: the events after a number, undefined when it does not say. The header goes before the query:
 * a browser that comes back asks the same URL again.
 */
function readFeed(c: Context, last: number): Reading<FeedRequest> {
  const header = c.req.header('last-event-id') || undefined;
  const fromQuery = readQuery(c.req, eventsQuerySchema);
  if (!fromQuery.ok) return fromQuery;
  const fromHeader = readRequest(lastEventIdSchema, { 'last-event-id': header }, 'header');
  if (!fromHeader.ok) return fromHeader;
  const resumed = fromHeader.request['last-event-id'];
  const { follow } = fromQuery.request;
  const start = resumed ?? fromQuery.request.after;
  if (start === undefined || start <= last) return { ok: true, request: { after: start, follow } };
  return {
    ok: false,
    detail: [unheardOf(resumed === undefined ? ['query', 'after'] : ['header', 'last-event-id'], start, last)],
  };
}

/** A number that no event has had: to wait for it would be to hide those before it. */
function unheardOf(loc: [string, string], input: number, last: number): InvalidField {
  const msg = `\`${loc[1]}\` should be at most ${last}, the number of the last event: it is from another journal`;
  return { type: 'less_than_equal', loc, msg, input };
}
