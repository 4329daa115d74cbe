import { z } from 'zod';

/** Kinds of failure after which a job may be tried again: those that are its engine's, its machine's, or the launch's. */
export const retriableKinds = ['lost', 'preempted', 'nodeFailed', 'outOfMemory', 'launch'] as const;

/** Attempts beside the first that a job, or a part of a split one, has at most. */
export const MOST_RETRIES = 10;

/** The kinds that are meant where none are named: of these no job is the cause. */
const USUAL = ['lost', 'preempted', 'nodeFailed'] as const satisfies readonly (typeof retriableKinds)[number][];

const badRetry = `\`retry\` should be how often it is tried again, 0 to ${MOST_RETRIES}: a number, that and kinds of failure as "2:lost,preempted", or an object as {"max": 2, "on": ["lost", "preempted"]}, with kinds of ${retriableKinds.join(', ')}`;

/** How often a job is tried again, and after which failures; in the fields of an object, or as a text such as `2` or `2:lost,preempted`. */
export const retryPolicySchema = z.preprocess(
  (input, context) => {
    const policy = typeof input === 'number' ? { max: input } : typeof input === 'string' ? readRetry(input) : input;
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) return policy;
    context.addIssue({ code: 'custom', message: badRetry, input });
    return z.NEVER;
  },
  z
    .strictObject(
      {
        max: z
          .int(badRetry)
          .min(0, badRetry)
          .max(MOST_RETRIES, badRetry)
          .describe('Attempts beside the first; of a split job each of its tasks has as many'),
        on: z
          .array(z.enum(retriableKinds, badRetry), badRetry)
          .min(1, badRetry)
          .max(retriableKinds.length, badRetry)
          .refine((kinds) => new Set(kinds).size === kinds.length, badRetry)
          .default([...USUAL])
          .describe('Kinds of failure (`failure_kind`) after which there is another attempt'),
      },
      badRetry,
    )
    .meta({ title: 'RetryPolicy' }),
);

export type RetryPolicy = z.infer<typeof retryPolicySchema>;

/** Each job has one attempt. */
export const noRetries: RetryPolicy = { max: 0, on: [...USUAL] };

/** What a text means; null: nothing. */
function readRetry(text: string): { max: number; on?: string[] } | null {
  const [, max, kinds] = /^(\d{1,4})(?::([A-Za-z,]{1,100}))?$/.exec(text) ?? [];
  if (max === undefined) return null;
  return { max: Number(max), ...(kinds !== undefined && { on: kinds.split(',') }) };
}
