import { z } from 'zod';
import { type EvaluateRequest, evaluateRequestFields, evaluateWarnings } from './evaluateRequest.ts';
import { type JobOptions, jobOptionsFields } from './jobOptions.ts';
import { requestBody, unknownFieldWarnings } from './lenient.ts';

/** The body of POST /evaluate: the original's request, and options beside it. */
export const submissionSchema = requestBody(z.object({ ...evaluateRequestFields, ...jobOptionsFields }));

/** A body, read: what to run, and how to treat the job. */
export type Submission = { request: EvaluateRequest; options: JobOptions };

export function splitSubmission(body: z.infer<typeof submissionSchema>): Submission {
  const { labels, priority, timeout, stall_timeout, callback_url, engine_args, ...request } = body;
  return { request, options: { labels, priority, timeout, stall_timeout, callback_url, engine_args } };
}

/** What a client should know of a submission that was accepted. @param body what it was read from. */
export function submissionWarnings(body: unknown, { request }: Submission): string[] {
  return [...unknownFieldWarnings(submissionSchema, body), ...evaluateWarnings(request)];
}
