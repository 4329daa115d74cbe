import { errorCode, errorMessage } from '../../../errors.ts';
import { type ErrorCode, EvaldError } from '../../../schemas/errors/errors.ts';
import { replaceIn } from '../../../schemas/results/exactNumber.ts';

/** What a thread is asked: a function by its name, and what it is given. */
export type Call = { name: string; args: readonly unknown[] };

/** What a thread says first: that it takes calls. */
export const READY = 'ready';

/** The code of what is thrown where a thread has no function of a name. */
export const UNKNOWN = 'ERR_UNKNOWN_FUNCTION';

/** What a thread answers: what its function returned, or threw. */
export type ReaderAnswer =
  | { returned: unknown }
  | { thrown: { message: string; code: string | undefined; isRefusal: boolean } };

/**
 * Puts numbers that no double holds (`JSON.rawJSON`) into something that can be cloned from thread to thread, in place:
 * text objects, which nothing that was read from JSON is.
 */
export function pack(value: unknown): unknown {
  return replaceIn(value, (item) => (JSON.isRawJSON(item) ? new String(item.rawJSON) : undefined));
}

/** Undoes `pack`. */
export function unpack(value: unknown): unknown {
  return replaceIn(value, (item) => (item instanceof String ? JSON.rawJSON(item.toString()) : undefined));
}

/** What was thrown, as it can be cloned: errors keep no code of their own on the way. */
export function packThrown(error: unknown): ReaderAnswer {
  return { thrown: { message: errorMessage(error), code: errorCode(error), isRefusal: error instanceof EvaldError } };
}

/** Undoes `packThrown`. */
export function unpackThrown({
  message,
  code,
  isRefusal,
}: Extract<ReaderAnswer, { thrown: unknown }>['thrown']): Error {
  // The code was that of a refusal when it was packed.
  if (isRefusal) return new EvaldError(code as ErrorCode, message);
  return Object.assign(new Error(message), code !== undefined && { code });
}
