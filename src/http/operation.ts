import type { z } from 'zod';
import { errorBodySchema, invalidRequestSchema } from '../schemas/errorBody.ts';
import type { Role } from '../schemas/role.ts';

/**
 * One answer of an operation: JSON of a schema (or a stream of such; `or` names a kind of document that is answered
 * instead when the Accept header asks for it), documents of other kinds, or only its status.
 */
export type Answer = { description: string; headers?: { [name: string]: string } } & (
  | { schema: z.ZodType; media?: string; or?: string }
  | { media: string | readonly string[] }
  | { empty: true }
);

/** What one method of one path does: the description that /openapi.json is made of. */
export type Operation = {
  method: 'get' | 'post' | 'delete';
  /** What the caller must hold. */
  role: Role;
  /** It starts work: how often one client may is limited. */
  startsWork?: true;
  /** With parameters as OpenAPI writes them: /jobs/{job_id}. */
  path: string;
  summary: string;
  /** Name to meaning; all of them text. */
  parameters?: { [name: string]: string };
  /** What the query is read by. */
  query?: z.ZodObject;
  /** Headers that may be sent, name to meaning; all of them text. */
  headers?: { [name: string]: string };
  /** What the body is read by. */
  body?: z.ZodType;
  answers: { [status: number]: Answer };
};

/** A refusal with a reason. */
export function refusal(description: string): Answer {
  return { description, schema: errorBodySchema };
}

/** A refusal that a client may try again after a while. */
export function laterRefusal(description: string): Answer {
  return { ...refusal(description), headers: { 'Retry-After': 'Seconds after which to try again' } };
}

/** The answer to a client that starts work too often. */
export const tooOften = laterRefusal(
  'The client has submitted too often in the last minute (--submissions-per-minute)',
);

/** The answer to a query or a header that cannot be understood. */
export const queryRefusal: Operation['answers'] = {
  422: { description: 'A parameter cannot be understood', schema: invalidRequestSchema },
};

/** The answers that every operation with a body shares. */
export const bodyRefusals: Operation['answers'] = {
  413: refusal('The body is larger than the server takes (--max-body)'),
  422: { description: 'The body cannot be understood, or asks for what could never run', schema: invalidRequestSchema },
};
