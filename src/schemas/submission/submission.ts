import { z } from 'zod';
import { jobStatusSchema } from '../job/job.ts';
import { type EvaluateRequest, evaluateRequestFields, evaluateWarnings } from './evaluateRequest.ts';
import { type JobOptions, jobOptionsFields } from './jobOptions.ts';
import { requestBody, unknownFieldWarnings } from './lenient.ts';

/** The body of POST /evaluate: the original's request, and options beside it. */
export const submissionSchema = requestBody(z.object({ ...evaluateRequestFields, ...jobOptionsFields }));

/** A body, read: what to run, and how to treat the job. */
export type Submission = { request: EvaluateRequest; options: JobOptions };

export function splitSubmission(body: z.infer<typeof submissionSchema>): Submission {
  const request: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    (Object.hasOwn(jobOptionsFields, name) ? options : request)[name] = value;
  }
  return { request: request as EvaluateRequest, options: options as JobOptions };
}

/** What a client should know of a submission that was accepted. @param body what it was read from. */
export function submissionWarnings(body: unknown, { request }: Submission): string[] {
  return [...unknownFieldWarnings(submissionSchema, body), ...evaluateWarnings(request)];
}

/** The answer to an accepted evaluation. */
export const submitAnswerSchema = z.object({
  job_id: z.string().describe('Names the job from now on'),
  status: jobStatusSchema.describe('queued; the current state when the Idempotency-Key was known'),
  position_in_queue: z
    .int()
    .nullable()
    .describe('Jobs ahead of it in the queue, from 0; running ones are not counted. Null when it no longer waits'),
  message: z.string().describe('The same for people'),
  warnings: z.array(z.string()).describe('What was ignored or changed in the request'),
});

export type SubmitAnswer = z.infer<typeof submitAnswerSchema>;
