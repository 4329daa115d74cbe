import { z } from 'zod';
import { errorCodes } from '../errors/errors.ts';
import { prioritySchema } from '../submission/jobOptions.ts';
import { lenient, readBoolean, requestBody } from '../submission/lenient.ts';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { cursorSchema, jobsFilterFields } from './jobList.ts';

const { actedOn: MOST } = requestLimits;

const badIds = `\`ids\` should be 1 to ${MOST} ids of jobs`;
const badChoice = 'Either `ids` or `filter` should be given, and not both';
const badFilter = `\`filter\` should have at least one of ${Object.keys(jobsFilterFields).join(', ')}`;
const badPriority = '`priority` should be given, an integer from -100 to 100: the action is reprioritise';
const misplacedPriority = '`priority` should be left out: only the action reprioritise takes one';
const misplacedMissing = '`missing` should be left out: only the action retry takes it';
const misplacedCursor = '`cursor` should be left out: it goes on where a `filter` ended';

/**
 * Names that are not known are refused, other than elsewhere: a filter that was misspelt and ignored would act on jobs
 * that were not meant.
 */
const strict = <Shape extends z.ZodRawShape>(what: string, shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownName(what, issue.keys, Object.keys(shape)) : undefined,
  });

const unknownName = (what: string, [name = '']: readonly string[], known: readonly string[]): string =>
  `${what} should have no ${JSON.stringify(name.slice(0, 100))}; it may have ${known.join(', ')}`;

/** What is done to each job, as the route for one job does it. */
export const jobActionSchema = z
  .enum(['cancel', 'stop', 'retry', 'reprioritise'])
  .describe('What is done to each job: as DELETE /jobs/{id}, its /stop, its /retry, or PATCH /jobs/{id}');

/** The body of a request to act on many jobs. */
export const jobActionsRequestSchema = requestBody(
  strict('The body', {
    action: jobActionSchema,
    ids: z
      .array(shortText('ids', requestLimits.jobId, 'each id in `ids`').min(1, badIds))
      .min(1, badIds)
      .max(MOST, badIds)
      .optional()
      .describe(`Ids of the jobs, at most ${MOST}; one that is said twice counts once`),
    filter: strict('`filter`', jobsFilterFields)
      .refine((filter) => Object.values(filter).some((value) => value !== undefined), badFilter)
      .meta({ minProperties: 1 })
      .optional()
      .describe(
        `Or which jobs, as GET /jobs has them: at most ${MOST} are acted on, the newest of them, and next_cursor goes on`,
      ),
    cursor: cursorSchema
      .optional()
      .describe('The next_cursor of the answer before, with the same filter: goes on with the jobs before those'),
    priority: prioritySchema.optional().describe('The new priority; for reprioritise, which needs it'),
    missing: lenient(readBoolean, z.boolean())
      .default(false)
      .describe('Only the tasks that have no results; for retry'),
    dry_run: lenient(readBoolean, z.boolean())
      .default(false)
      .describe('Only say what would become of each job: nothing is changed'),
  }).superRefine(({ action, ids, filter, cursor, priority, missing }, context) => {
    const refuse = (field: string, message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path: [field], message, input });
    if ((ids === undefined) === (filter === undefined)) refuse('ids', badChoice, ids ?? null);
    if (cursor !== undefined && filter === undefined) refuse('cursor', misplacedCursor, cursor);
    if (action === 'reprioritise' && priority === undefined) refuse('priority', badPriority, null);
    if (action !== 'reprioritise' && priority !== undefined) refuse('priority', misplacedPriority, priority);
    if (action !== 'retry' && missing) refuse('missing', misplacedMissing, missing);
  }),
);

/** What became of a job that was acted on. */
export const actedJobSchema = z.object({
  job_id: z.string().describe('The job'),
  outcome: z
    .enum(['done', 'already', 'refused'])
    .describe(
      'done: it is on disk, or with dry_run would be done; already: nothing was left to do, for the job is as it should be, or a retry of it waits or runs; refused: nothing was changed',
    ),
  code: z.enum(errorCodes).nullable().describe('Why it was refused, for programs; null unless it was'),
  error: z.string().nullable().describe('The same for people'),
  new_job_id: z
    .string()
    .nullable()
    .describe('The job that repeats its request; null unless the action is retry and there is one'),
});

/** The answer to a request to act on many jobs: whatever became of each, in the order of `ids`, or of arrival. */
export const jobActionsAnswerSchema = z.object({
  action: jobActionSchema,
  dry_run: z.boolean().describe('true: nothing was changed'),
  jobs: z.array(actedJobSchema).describe('Each job once'),
  counts: z
    .object({
      done: z.int().describe('Jobs to which it was done'),
      already: z.int().describe('Jobs to which nothing was left to do'),
      refused: z.int().describe('Jobs that were refused'),
    })
    .describe('How many of them have which outcome'),
  next_cursor: z
    .string()
    .nullable()
    .describe('Goes on with the jobs that the filter has beyond these; null: these were all'),
});

export type JobAction = z.infer<typeof jobActionSchema>;
export type JobActionsRequest = z.infer<typeof jobActionsRequestSchema>;
export type ActedJob = z.infer<typeof actedJobSchema>;
export type JobActionsAnswer = z.infer<typeof jobActionsAnswerSchema>;
