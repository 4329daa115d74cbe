import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { InvalidRequest } from '../schemas/errors/errorBody.ts';
import { type ErrorCode, EvaldError, UnfitError } from '../schemas/errors/errors.ts';
import { invalidField } from '../schemas/errors/issues.ts';
import type { AppDependencies } from './dependencies.ts';

/** The one place where a refusal gets its status. */
export const statusOf = {
  notAllowed: 403,
  forbidden: 403,
  jobNotFound: 404,
  jobQueued: 409,
  jobNotQueued: 409,
  jobRunning: 400,
  jobFinished: 400,
  jobNotEnded: 409,
  jobNotCompleted: 409,
  nothingMissing: 409,
  jobImported: 409,
  secretsGone: 409,
  tooOften: 429,
  queueFull: 503,
  intakeClosed: 503,
  keyReused: 409,
  unfit: 422,
  tooManyStreams: 503,
  outputMissing: 404,
  outputUnreadable: 500,
  comparisonUnavailable: 503,
  catalogUnavailable: 503,
  mergeFileMissing: 404,
  mergeInvalid: 400,
  mergeFailed: 500,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>;

/** Seconds after which to try again what was refused because evald is full or closing. */
const RETRY_AFTER = '10';
const forNow: ReadonlySet<ErrorCode> = new Set([
  'queueFull',
  'intakeClosed',
  'tooManyStreams',
  'comparisonUnavailable',
]);

/** Answers what a route threw: a refusal with its words and status, anything else as 500 without a word of it. */
export function answerError(logError: AppDependencies['logError']) {
  return (error: Error, c: Context): Response => {
    if (error instanceof UnfitError) return c.json(invalidRequest(error), statusOf.unfit);
    if (error instanceof EvaldError) {
      if (forNow.has(error.code)) c.header('Retry-After', RETRY_AFTER);
      return c.json({ detail: error.message }, statusOf[error.code]);
    }
    if (isHangUp(error, c)) return c.json({ detail: 'There was an error parsing the body' }, 400);
    logError(`${c.req.method} ${c.req.path} failed`, error);
    return c.json({ detail: 'Internal Server Error' }, 500);
  };
}

function invalidRequest({ faults }: UnfitError): InvalidRequest {
  return {
    detail: faults.map(({ path, input, message }) => invalidField('value_error', [...path], input, message)),
  };
}

/** The client has gone while its body was being read: no fault here, and no client is left to answer. */
function isHangUp(error: Error, c: Context): boolean {
  return 'code' in error && error.code === 'ECONNRESET' && c.req.raw.signal.aborted;
}

/** Answers a path that no route has. */
export function answerNotFound(c: Context): Response {
  return c.json({ detail: 'Not Found' }, 404);
}
