import { z } from 'zod';
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

/** The header that asks for a part of a log. */
export const logRangeHeader = z.object({
  Range: shortText('Range', requestLimits.range)
    .optional()
    .describe('Bytes of the log as it is on disk: what is sent then is not cleaned. Does nothing with tail or follow')
    .meta({ examples: ['bytes=-1024'] }),
});
