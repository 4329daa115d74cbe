import { z } from 'zod';
import { lenient, readFloat, readInteger } from '../submission/lenient.ts';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { readTime, timePattern } from '../values/time.ts';
import { jobInfoSchema, jobStatusSchema } from './job.ts';

const badName = (field: string) => `\`${field}\` should be a name, not empty`;
const badLabel = '`label` should be a name and a value: run:r7';
const badSince =
  '`since` should be a time as ISO 8601 (2026-11-24T02:06:04+00:00; UTC without an offset) or seconds since 1970';
const badLimit = '`limit` should be an integer from 1 to 500';
const badWait = '`wait` should be a number of seconds from 0 to 300';
const badPrefix = '`id_prefix` should be the beginning of an id: 1 to 36 hexadecimal digits and dashes';
const badSearch = '`q` should be 1 to 10 texts with blanks between them';
const badCursor = '`cursor` should be the next_cursor of a page';

/** The turn after which a page goes on. */
export const cursorSchema = shortText('cursor', requestLimits.cursor)
  .regex(/^c[0-9a-z]{1,10}$/, badCursor)
  .transform(readCursor);

/** Which jobs are wanted: each field that is given narrows them. */
export const jobsFilterFields = {
  status: jobStatusSchema.optional().describe('Only jobs in this state'),
  model: shortText('model', requestLimits.model)
    .min(1, badName('model'))
    .optional()
    .describe('Only jobs of this model'),
  task: shortText('task', requestLimits.task)
    .min(1, badName('task'))
    .optional()
    .describe('Only jobs whose request names this task'),
  label: shortText('label', requestLimits.label)
    .regex(/^[^:]+:/, badLabel)
    .optional()
    .describe('Only jobs with this label, name and value: run:r7'),
  submitted_by: shortText('submitted_by', requestLimits.tokenName)
    .min(1, badName('submitted_by'))
    .optional()
    .describe('Only jobs that were submitted with the token of this name'),
  since: shortText('since', requestLimits.time)
    .regex(timePattern, badSince)
    .transform((text, context) => {
      const at = readTime(text);
      if (at !== undefined) return at;
      context.addIssue({ code: 'custom', message: badSince, input: text });
      return z.NEVER;
    })
    .optional()
    .describe('Only jobs that were submitted then or later: ISO 8601, or seconds since 1970'),
  id_prefix: shortText('id_prefix', requestLimits.idPrefix)
    .regex(/^[0-9A-Fa-f-]+$/, badPrefix)
    .transform((prefix) => prefix.toLowerCase())
    .optional()
    .describe('Only jobs whose id begins so: hexadecimal digits and dashes'),
  q: shortText('q', requestLimits.search)
    .regex(/^\s*\S+(\s+\S+){0,9}\s*$/, badSearch)
    .transform((text) => text.trim().toLowerCase().split(/\s+/))
    .optional()
    .describe(
      'Only jobs in which each of these texts occurs, whatever its case: in the model, a task, a label (run:r7), an argument of the model as it is shown (pretrained=/ckpt), the id, the name of the token, or the error. A page may have fewer jobs than there are, even none, while next_cursor goes on',
    ),
};

/** The query of a list of jobs: which ones, in which order, and which page of them. */
export const jobsQuerySchema = z.object({
  ...jobsFilterFields,
  order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first, by arrival'),
  limit: lenient(readInteger, z.int(badLimit).min(1, badLimit).max(500, badLimit))
    .default(50)
    .describe('Jobs a page; there are fewer when they are large, or when a search for `q` takes long'),
  cursor: cursorSchema.optional().describe('The next_cursor of the page before, asked with the same query'),
});

export type JobsQuery = z.infer<typeof jobsQuerySchema>;
export type JobsFilter = z.infer<z.ZodObject<typeof jobsFilterFields>>;

/** A page of jobs. */
export const jobListSchema = z.object({
  jobs: z.array(jobInfoSchema).describe('The jobs'),
  next_cursor: z.string().nullable().describe('Asks for the next page; null: this is the last one'),
  warnings: z.array(z.string()).describe('What was ignored in the query'),
});

export type JobList = z.infer<typeof jobListSchema>;

/** The query of a job. */
export const jobQuerySchema = z.object({
  wait: lenient(readFloat, z.number(badWait).min(0, badWait).max(300, badWait))
    .default(0)
    .describe('Seconds to wait for its end, before it is shown as it is then'),
});

/** The turn of the last job of a page, as text that says nothing to anyone else. */
export function writeCursor(turn: number): string {
  return `c${turn.toString(36)}`;
}

function readCursor(text: string): number {
  return Number.parseInt(text.slice(1), 36);
}
