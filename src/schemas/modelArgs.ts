import { z } from 'zod';
import { type JsonValue, jsonValueSchema } from './json.ts';
import { maskValue } from './secrets.ts';

/** Arguments of the model: names to values. */
export type ModelArgs = { [name: string]: JsonValue };

const badKey = '`model_args` keys should not be empty or have "=" or ",": the harness splits its arguments there';

/**
 * Arguments that the harness will read back as they were meant. It splits `--model_args` at every comma and at the first
 * `=` of each part and knows no way to escape them, so what holds them cannot be passed on and is refused.
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
  const text = renderModelArg(value);
  if (text.includes(',')) {
    const masked = renderModelArg(maskValue(value, [name]));
    const shown = masked.length > 100 ? `${masked.slice(0, 100)}…` : masked;
    return `\`model_args\` value of ${JSON.stringify(name)} should have no comma, also not as JSON text: the harness splits model_args at commas; got ${shown}`;
  }
  if (holdsInexactInteger(value)) {
    return `\`model_args\` value of ${JSON.stringify(name)} has an integer too large to be kept exactly; write it as a string`;
  }
  return undefined;
}

/** From 1e21 on, numbers are written with an exponent: floats, in Python as here. */
function holdsInexactInteger(value: JsonValue): boolean {
  if (typeof value === 'number')
    return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInexactInteger);
}
