import type { z } from 'zod';
import { errorBodySchema, invalidRequestSchema } from '../schemas/errors/errorBody.ts';
import type { Role } from '../schemas/server/token.ts';

/**
 * One answer of an operation: JSON of a schema (`or` names a kind of document that is answered instead when the Accept
 * header asks for it), a stream of events whose data is JSON of one of some schemas, documents of other kinds, or only
 * its status. `example` goes before those of the schema.
 */
export type OperationAnswer = { description: string; headers?: { [name: string]: string }; example?: unknown } & (
  | { schema: z.ZodType; or?: string }
  | { events: readonly z.ZodType[] }
  | { media: string | readonly string[] }
  | { empty: true }
);

export type OperationAnswers = { [status: number]: OperationAnswer };

/** What the operations are grouped by, and what the groups are about. */
export const tags = {
  jobs: 'Evaluations: submit, follow, cancel, stop and repeat them',
  results: 'What runs have written: logs, numbers, samples, files',
  scores: 'Scores of all jobs: over time, beside each other',
  events: 'What happens, as it happens',
  queue: 'What waits and runs',
  server: 'What the server is and offers',
  machines: 'The charts that evald is made of, at rest and in motion',
  interface: 'This description',
} as const;

/** What one method of one path does: the description that /openapi.json is made of. */
export type Operation = {
  /** Names it in generated clients: a verb and a noun. */
  id: string;
  tag: keyof typeof tags;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** What the caller must hold; null: nothing, for it shows nothing of this server. Such an operation reads. */
  role: Role | null;
  /** It starts work: how often one client may is limited. */
  startsWork?: true;
  /** With parameters as OpenAPI writes them: /jobs/{job_id}. */
  path: string;
  summary: string;
  /** The parameters of the path. */
  parameters?: z.ZodObject;
  /** What the query is read by. */
  query?: z.ZodObject;
  /** Headers that may be sent. */
  headers?: z.ZodObject;
  /** What the body is read by. */
  body?: z.ZodType;
  /** Its own answers; `commonAnswers` has those that come before any route. */
  answers: OperationAnswers;
};

/** A refusal with a reason. @param example what the reason may be. */
export function refusal(description: string, example: string): OperationAnswer {
  return { description, schema: errorBodySchema, example: { detail: example } };
}

/** A refusal that a client may try again after a while. */
export function laterRefusal(description: string, example: string): OperationAnswer {
  return { ...refusal(description, example), headers: { 'Retry-After': 'Seconds after which to try again' } };
}

/** The answer to a client that starts work too often. */
export const tooOften = laterRefusal(
  'The client has submitted too often in the last minute (--submissions-per-minute)',
  'Too many submissions in a minute; try again later',
);

/** The answer to a query or a header that cannot be understood. */
export const queryRefusal: OperationAnswers = {
  422: { description: 'A parameter cannot be understood', schema: invalidRequestSchema },
};

const bodyTooLarge = 'The body is too large: at most 1048576 bytes (1 MiB) are allowed';

/** The answers that every operation with a body shares. */
export const bodyRefusals: OperationAnswers = {
  413: refusal('The body is larger than the server takes (--max-body)', bodyTooLarge),
  422: { description: 'The body cannot be understood, or asks for what could never run', schema: invalidRequestSchema },
};

/** The answer to a job that there is not. */
export const noJob = refusal(
  'No such job, or it is no longer kept',
  'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 not found',
);

/** The answer to what the operator does not allow to be asked for. */
export const notAllowed = refusal(
  'The model, a task, the folder or a word for the engine is not among those that the server allows',
  '`tasks` "mmlu" not allowed; allowed: mmmu*, mme',
);

/** The answers to a caller without a token that is known, where tokens are in use. */
const tokenRefusals: OperationAnswers = {
  401: {
    ...refusal('No token was sent, or none that is known', 'A token is needed: send Authorization: Bearer TOKEN'),
    headers: { 'WWW-Authenticate': 'How to send a token: Bearer, or Basic with it as the password' },
  },
  429: laterRefusal('Too many wrong tokens came from this address', 'Too many wrong tokens: try again later'),
};

/** The answers that any operation may give before its route is reached, and when evald itself fails. */
export function commonAnswers({ role, parameters }: Pick<Operation, 'role' | 'parameters'>): OperationAnswers {
  return {
    400: refusal('It is not HTTP, or its Host cannot be understood', 'The Host header cannot be understood'),
    ...(role !== null && tokenRefusals),
    403: refusal(
      role === null
        ? 'A page of another site asks'
        : `The token's role is below \`${role}\`, or a page of another site asks`,
      `POST /evaluate needs the role ${role ?? 'submit'}, and bob has read`,
    ),
    408: refusal('The request took too long to arrive (--request-timeout)', 'The request took too long to arrive'),
    413: refusal('The body is larger than the server takes (--max-body)', bodyTooLarge),
    415: refusal(
      'A body was sent that is no JSON, or in a Content-Encoding',
      'A body must be sent as content-type application/json',
    ),
    421: refusal(
      'The Host is none that this server answers for: --allow-host adds one',
      'This server is not known as evil.example. Ask for it by another name, or start it with --allow-host evil.example',
    ),
    ...(parameters && queryRefusal),
    431: refusal('The headers are larger than the server takes (--max-header)', 'The headers are too large'),
    500: refusal('A fault of evald itself; its log says more', 'Internal Server Error'),
  };
}
