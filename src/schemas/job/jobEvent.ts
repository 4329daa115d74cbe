import { z } from 'zod';
import { lenient, readBoolean, readInteger } from '../submission/lenient.ts';
import { jsonValueSchema } from '../values/json.ts';
import { timeSchema } from '../values/time.ts';

const eventTypes = [
  'submitted',
  'started',
  'launched',
  'placed',
  'withdrawn',
  'taskCompleted',
  'attemptFailed',
  'stopRequested',
  'reprioritised',
  'completed',
  'failed',
  'cancelled',
] as const;

/** A change of a job, as clients see it. */
export const jobEventSchema = z.object({
  number: z.int().describe('Its number: events are counted from 1, in the order in which they happened'),
  job_id: z.string().describe('The job that changed'),
  at: timeSchema,
  type: z
    .enum(eventTypes)
    .describe(
      'What happened; launched: its program runs, or waits in an engine; placed: the engine has given it a node; withdrawn: it had not begun when the server was stopped, and is launched again at the next start; taskCompleted: the run of a task of a split job has ended, well or badly, as its status says, and the next one begins; attemptFailed: its run, or that of the task under way, has failed for its engine, and another attempt begins later; stopRequested: its run is to end, and is ended by this server or the next; reprioritised: it waits with another priority',
    ),
  data: z
    .record(z.string(), jsonValueSchema)
    .describe(
      'What there is to say of it: model and tasks, the path of the log, the new priority, a task and its status, the number of an attempt and when the next one begins, the kind of failure',
    ),
  who: z
    .string()
    .nullable()
    .describe('Name of the token by which it was asked for; null when it was not, or none was needed'),
});

/** What is sent in place of events that are no longer kept. */
export const gapSchema = z.object({
  from: z.int().describe('Number of the first one that is missing'),
  to: z.int().describe('Number of the last one'),
});

/** What follows the last event there is, where the feed is not followed. */
export const endSchema = z.object({}).describe('Nothing: these are all there are');

export type JobEvent = z.infer<typeof jobEventSchema>;

const badNumber = (name: string) => `\`${name}\` should be the number of an event, an integer from 0`;
const numberSchema = (name: string) =>
  lenient(readInteger, z.int(badNumber(name)).min(0, badNumber(name)))
    .optional()
    .describe('Number of the last event that is known: those after it are sent; 0: all that are kept');

/** The query of a feed of events. */
export const eventsQuerySchema = z.object({
  after: numberSchema('after'),
  follow: lenient(readBoolean, z.boolean())
    .default(true)
    .describe('Whether it goes on with what comes; false: it ends with the last event that is there, and says so'),
});

/** The header with which a browser comes back to a feed, as Node names it. */
export const lastEventIdSchema = z.object({ 'last-event-id': numberSchema('Last-Event-ID') });

/** The same as it is written. */
export const lastEventIdHeader = z.object({
  'Last-Event-ID': lastEventIdSchema.shape['last-event-id'].describe(
    'As `after`, which it goes before: browsers send it when they come back',
  ),
});
