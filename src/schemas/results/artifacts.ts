import { z } from 'zod';
import { lenient, readBoolean, readInteger } from '../submission/lenient.ts';
import { MOST_RETRIES } from '../submission/retry.ts';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { timeSchema } from '../values/time.ts';

/** The files of a run. */
export const artifactsSchema = z.object({
  files: z
    .array(
      z.object({
        path: z.string().describe("Relative to the run's folder"),
        size: z.int().describe('Bytes'),
        modified: timeSchema,
      }),
    )
    .describe('Sorted by path; links are left out'),
  truncated: z
    .boolean()
    .describe(
      'Whether there are more files than are listed: too many, too deep, in a folder that cannot be read, or with a name that is no text',
    ),
});

export type Artifacts = z.infer<typeof artifactsSchema>;

const badAttempt = `\`attempt\` should be the number of an attempt, an integer from 1 to ${MOST_RETRIES + 1}`;
const badTail = '`tail` should be an integer from 1 to 100000';

/** How a log is asked for. */
export const logQuerySchema = z.object({
  tail: lenient(readInteger, z.int(badTail).min(1, badTail).max(100_000, badTail))
    .optional()
    .describe(
      'Only the last lines, so many, within the last 64 MiB. A line is what ends in a line feed: a progress bar is one',
    ),
  task: shortText('task', requestLimits.task)
    .optional()
    .describe(
      'Of a split job the task whose log is meant, as the request names it; else it is the last one that was begun. Of several of this name the last that was begun',
    ),
  attempt: lenient(
    readInteger,
    z
      .int(badAttempt)
      .min(1, badAttempt)
      .max(MOST_RETRIES + 1, badAttempt),
  )
    .optional()
    .describe(
      'Of a job that was tried again (`attempts`) the attempt whose log is meant, from 1; of a split job with `task`. Else it is the last one that was launched',
    ),
  follow: lenient(readBoolean, z.boolean())
    .optional()
    .describe(
      'Send what is there, then what comes, until the job has ended; of a job that waits, as soon as it runs. Of a split job the logs of the tasks that follow come behind it, each from its beginning, unless `task` names the one that is meant: that ends with its task. The log of another attempt comes behind that of the one before it, unless `attempt` names one. Of a progress bar that is being drawn the newest frame comes every two seconds, in a line of its own',
    ),
  raw: lenient(readBoolean, z.boolean())
    .optional()
    .describe('The bytes as they are; else colours and overwritten progress bars are left out'),
});
