import { z } from 'zod';
import { areTooMany, credentialsBelow, tooManyCredentials } from '../secrets/secrets.ts';
import { type JsonValue, jsonValueSchema } from '../values/json.ts';
import { type RequestLimits, requestLimits } from '../values/limits.ts';

/** Arguments of the model: names to values. */
export type ModelArgs = { [name: string]: JsonValue };

const badKey =
  '`model_args` keys should not be empty or have "=" or ",": the harness gets its arguments as name=value,name=value';

const {
  modelArgs: MOST_ARGS,
  argName: LONGEST_NAME,
  argValues: MOST_VALUES,

  argText: MOST_TEXT,
  credentialPath: LONGEST_PATH,
} = requestLimits;

const badSize = `\`model_args\` should have at most ${MOST_ARGS} names of at most ${LONGEST_NAME} characters, ${MOST_VALUES} values (those within values counted), ${MOST_TEXT} characters in all names and texts`;

const badPath = `\`model_args\` should have at most ${LONGEST_PATH} characters of names over a credential: give it less deep, under shorter names`;

/**
 * Arguments of a model. The harness gets them as one text, `name=value,name=value`, hence the rule for names. Which
 * values come back from that text as they were asked only the installed harness knows: it is asked (`Harness.check`).
 */
export const modelArgsSchema = (limits: RequestLimits) =>
  z.preprocess(
    (args, context) => {
      const message = limits.modelArgs === null ? null : sizeFault(args);
      if (message === null) return args;
      context.addIssue({ code: 'custom', message, input: null });
      return z.NEVER;
    },
    z
      .record(
        limits.argName === null
          ? z.string().regex(/^[^=,]+$/)
          : z
              .string()
              .max(limits.argName)
              .regex(/^[^=,]+$/),
        jsonValueSchema,
        { error: (issue) => (issue.code === 'invalid_key' ? badKey : undefined) },
      )
      .check(({ value: args, issues }) => {
        for (const [name, value] of Object.entries(args)) {
          const message = faultOf(name, value);
          if (message !== undefined) issues.push({ code: 'custom', message, path: [name], input: value });
        }
      })
      .meta(limits.modelArgs === null ? {} : { maxProperties: limits.modelArgs }),
  );

/** What there is too much of; null: nothing. Looked at before anything else is, which may cost more than going through it. */
function sizeFault(args: unknown): string | null {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return null;
  if (Object.keys(args).length > MOST_ARGS) return badSize;
  let values = 0;
  let text = 0;
  const open: unknown[] = [args];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    values += 1;
    if (typeof value === 'string') text += value.length;
    else if (Array.isArray(value)) for (const item of value) open.push(item);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        if (name.length > LONGEST_NAME) return badSize;
        text += name.length;
        open.push(item);
      }
    }
    if (values + open.length > MOST_VALUES || text > MOST_TEXT) return badSize;
  }
  const { texts, longestPath } = credentialsBelow(args as ModelArgs);
  if (longestPath > LONGEST_PATH) return badPath;
  return areTooMany(texts) ? tooManyCredentials('model_args') : null;
}

/** A value as the harness gets it: text as it is, `True` and `False` as Python writes them, all else as JSON. */
export function renderModelArg(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

/** All arguments as the one text that `--model_args` takes: `a=1,b=x`. Null values are left out. */
export function renderModelArgs(args: ModelArgs): string {
  return Object.entries(args)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${renderModelArg(value)}`)
    .join(',');
}

/** What the client should know of arguments that were accepted. */
export function modelArgsWarnings(args: ModelArgs): string[] {
  return Object.entries(args).flatMap(([name, value]) => {
    if (value === null) return [`model_args ${JSON.stringify(name)} is null and was left out`];
    if (typeof value === 'object') return [`model_args ${JSON.stringify(name)} is passed to the model as JSON`];
    return [];
  });
}

function faultOf(name: string, value: JsonValue): string | undefined {
  if (!holdsInexactInteger(value)) return undefined;
  return `\`model_args\` value of ${JSON.stringify(name)} has an integer too large to be kept exactly; write it as a string`;
}

/** From 1e21 on, numbers are written with an exponent: floats, in Python as here. */
function holdsInexactInteger(value: JsonValue): boolean {
  if (typeof value === 'number')
    return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInexactInteger);
}
