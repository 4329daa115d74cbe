import { z } from 'zod';
import { lenient, readInteger } from '../submission/lenient.ts';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';

/** 1 to 255 visible ASCII characters. */
export const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

/** The header that makes a submission repeatable. */
export const idempotencyHeader = z.object({
  'Idempotency-Key': shortText('Idempotency-Key', requestLimits.idempotencyKey)
    .regex(idempotencyKeyPattern)
    .optional()
    .describe('Chosen by the client: sent again with the same request and token, it answers the same job')
    .meta({ examples: ['r7-step-12000'] }),
});

/** The headers that ask for a part of a file. */
export const rangeHeaders = z.object({
  Range: shortText('Range', requestLimits.range)
    .optional()
    .describe('Bytes of the file: one range')
    .meta({ examples: ['bytes=0-1023'] }),
  'If-Range': shortText('If-Range', requestLimits.etag)
    .optional()
    .describe('An ETag: the range counts only if the file is still the same, else the whole is sent'),
});

/** The header that asks for an answer only if it has changed. */
export const ifNoneMatchHeader = z.object({
  'If-None-Match': shortText('If-None-Match', requestLimits.etags)
    .optional()
    .describe('The ETag of an earlier answer: if nothing has changed since, nothing is sent'),
});

const badPosition = '`Last-Event-ID` should be the id of a piece of the log, an integer from 0';

/** The header with which a client comes back to a log that it follows as events, as Node names it. */
export const logPositionSchema = z.object({
  'last-event-id': lenient(readInteger, z.int(badPosition).min(0, badPosition))
    .optional()
    .describe('The id of the last piece that has come: goes on there, in place of `tail`'),
});

/** The headers that ask for a part of a log. */
export const logHeaders = z.object({
  'Last-Event-ID': logPositionSchema.shape['last-event-id'],
  Range: shortText('Range', requestLimits.range)
    .optional()
    .describe('Bytes of the log as it is on disk: what is sent then is not cleaned. Does nothing with tail or follow')
    .meta({ examples: ['bytes=-1024'] }),
});
