import type { z } from 'zod';
import type { InvalidField } from '../schemas/errors/errorBody.ts';
import { misplacedCredentials } from '../schemas/secrets/misplacedCredentials.ts';
import { maskedFields } from '../schemas/secrets/secretRequest.ts';
import { MASK } from '../schemas/secrets/secrets.ts';
import { shownUrl } from '../schemas/secrets/shownUrl.ts';
import { type Submission, splitSubmission, type submissionSchema } from '../schemas/submission/submission.ts';
import type { AppDependencies } from './dependencies.ts';

/** A submission that may be queued, or why it may not. */
export type AcceptedSubmission = { ok: true; submission: Submission } | { ok: false; detail: InvalidField[] };

/** Looks at what no schema says of a submission: where it may be posted to, and where credentials may stand. */
export function acceptSubmission(
  read: z.output<typeof submissionSchema>,
  targetRefusal: AppDependencies['targetRefusal'],
): AcceptedSubmission {
  const submission = splitSubmission(read);
  const { callback_url: callback } = submission.options;
  const refused = callback === null ? null : targetRefusal(callback);
  if (callback !== null && refused !== null) return { ok: false, detail: [badCallback(callback, refused)] };
  const misplaced = misplacedCredentials(read);
  if (misplaced.length > 0) return { ok: false, detail: misplaced };
  const masked = maskedFields(submission.request);
  return masked.length > 0 ? { ok: false, detail: masked.map(maskSent) } : { ok: true, submission };
}

/** What is wrong with a request that was copied from an answer: it would run without its credentials. */
function maskSent([field, name]: [string, string?]): InvalidField {
  const what = name === undefined ? `\`${field}\`` : `\`${field}\` value of ${JSON.stringify(name)}`;
  const msg = `${what} should be the true one: ${MASK} is what answers show in its place`;
  return { type: 'value_error', loc: ['body', field, ...(name === undefined ? [] : [name])], msg, input: MASK };
}

/** What is wrong with a `callback_url` that leads into the server's own network, or to a port that is not for it. */
function badCallback(url: string, reason: string): InvalidField {
  const msg = `\`callback_url\` should be a public address that this server may post to: ${reason}`;
  return { type: 'value_error', loc: ['body', 'callback_url'], msg, input: shownUrl(url).slice(0, 500) };
}
