import type { z } from 'zod';
import { isKeptBack, MASK } from '../secrets/secrets.ts';
import { shownUrl } from '../secrets/shownUrl.ts';
import { requestLimits } from '../values/limits.ts';
import type { InvalidField } from './errorBody.ts';

/** What a schema makes of a part of a request: what it means, or what is wrong with it. */
export type Reading<T> = { ok: true; request: T } | { ok: false; detail: InvalidField[] };

/** A part of a request. */
export type Part = 'body' | 'query' | 'header' | 'path';

/** More would tell a client nothing, and an answer must stay small whatever was sent. */
const MAX_ISSUES = 100;
const MAX_ECHO = 500;
/** Characters of a text that is looked through for credentials, to be repeated; a longer one is only named. */
const MAX_LOOKED_AT = 10_000;

/** The words of pydantic, by its type of error: what clients of the original server match on. */
const messages = {
  missing: 'Field required',
  string_too_long: `String should have at most ${requestLimits.number} characters`,
  string_type: 'Input should be a valid string',
  list_type: 'Input should be a valid list',
  dict_type: 'Input should be a valid dictionary',
  int_type: 'Input should be a valid integer',
  int_from_float: 'Input should be a valid integer, got a number with a fractional part',
  int_parsing: 'Input should be a valid integer, unable to parse string as an integer',
  int_parsing_size: 'Unable to parse input string as an integer, exceeded maximum size',
  float_type: 'Input should be a valid number',
  float_parsing: 'Input should be a valid number, unable to parse string as a number',
  finite_number: 'Input should be a finite number',
  bool_type: 'Input should be a valid boolean',
  bool_parsing: 'Input should be a valid boolean, unable to interpret input',
  model_attributes_type: 'Input should be a valid dictionary or object to extract fields from',
  json_invalid: 'JSON decode error',
  value_error: 'Value error',
} as const;

export type IssueType = keyof typeof messages;

const tooBig: { [origin: string]: string } = { array: 'too_long', string: 'string_too_long' };

const typeIssues: { [expected: string]: IssueType } = {
  string: 'string_type',
  array: 'list_type',
  record: 'dict_type',
  object: 'model_attributes_type',
};

/** Reads a part of a request by a schema. Nothing is thrown for what a client sent. */
export function readRequest<T extends z.ZodType>(schema: T, sent: unknown, part: Part = 'body'): Reading<z.output<T>> {
  const read = schema.safeParse(sent, { reportInput: true });
  if (read.success) return { ok: true, request: read.data };
  return { ok: false, detail: read.error.issues.slice(0, MAX_ISSUES).map((issue) => fromZod(issue, part)) };
}

/** One entry of a 422 answer. @param path where in the body. @param msg pydantic's words if left out. */
export function invalidField(
  type: IssueType,
  path: (string | number)[],
  input: unknown,
  msg: string = messages[type],
): InvalidField {
  return { type, loc: ['body', ...path], msg, input: echo(input, path) };
}

/** Adds a refusal in pydantic's terms to a zod transform. @param path below the value being read. */
export function refuse(context: z.RefinementCtx, type: IssueType, path: string[] = []): void {
  context.addIssue({ code: 'custom', params: { type }, message: messages[type], path });
}

function fromZod(issue: z.core.$ZodIssue, part: Part): InvalidField {
  const { type, msg } = describe(issue);
  return { type, loc: [part, ...issue.path.map(plainKey)], msg, input: echo(issue.input, issue.path) };
}

function describe(issue: z.core.$ZodIssue): { type: string; msg: string } {
  switch (issue.code) {
    case 'invalid_type': {
      const type = issue.input === undefined ? 'missing' : typeIssues[issue.expected];
      return type === undefined ? { type: 'value_error', msg: issue.message } : { type, msg: messages[type] };
    }
    case 'invalid_value':
      return {
        type: 'literal_error',
        msg: `Input should be ${issue.values.map((one) => `'${String(one)}'`).join(' or ')}`,
      };
    case 'too_small':
      return {
        type: issue.origin === 'array' ? 'too_short' : issue.inclusive ? 'greater_than_equal' : 'greater_than',
        msg: issue.message,
      };
    case 'too_big':
      return { type: tooBig[issue.origin] ?? 'less_than_equal', msg: issue.message };
    case 'custom':
      return { type: issueType(issue.params), msg: issue.message };
    default:
      return { type: 'value_error', msg: issue.message };
  }
}

function issueType(params: Record<string, unknown> | undefined): string {
  const { type } = params ?? {};
  return typeof type === 'string' ? type : 'value_error';
}

function plainKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}

/** The refused value as it is repeated to the client: JSON, short, and no credential. */
function echo(input: unknown, path: readonly PropertyKey[]): InvalidField['input'] {
  if (typeof input === 'string' && input.length > MAX_LOOKED_AT) return `(a text of ${input.length} characters)`;
  if (isKeptBack(input, path)) return MASK;
  if (typeof input === 'string') {
    const shown = path[0] === 'callback_url' ? shownUrl(input) : input;
    return shown.length > MAX_ECHO ? `${shown.slice(0, MAX_ECHO)}…` : shown;
  }
  if (typeof input === 'number' && !Number.isFinite(input)) return String(input);
  if (input === null || typeof input === 'number' || typeof input === 'boolean') return input;
  if (input === undefined) return null;
  return Array.isArray(input) ? '(a list)' : '(an object)';
}
