import { z } from 'zod';
import { type JsonValue, jsonValueSchema } from './json.ts';

/** Arguments of the model: names to values. */
export type ModelArgs = { [name: string]: JsonValue };

const badKey =
  '`model_args` keys should not be empty or have "=" or ",": the harness gets its arguments as name=value,name=value';

/**
 * Arguments of a model. The harness gets them as one text, `name=value,name=value`, hence the rule for names. Which
 * values come back from that text as they were asked only the installed harness knows: it is asked (`Harness.check`).
 */
export const modelArgsSchema = z
  .record(z.string().regex(/^[^=,]+$/), jsonValueSchema, {
    error: (issue) => (issue.code === 'invalid_key' ? badKey : undefined),
  })
  .check(({ value: args, issues }) => {
    for (const [name, value] of Object.entries(args)) {
      const message = faultOf(name, value);
      if (message !== undefined) issues.push({ code: 'custom', message, path: [name], input: value });
    }
  });

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
    if (typeof value === 'object') return [`model_args ${JSON.stringify(name)} is passed to the model as JSON text`];
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
