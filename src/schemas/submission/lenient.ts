import { z } from 'zod';
import { type IssueType, refuse } from '../errors/issues.ts';
import { findValueFault } from '../errors/jsonFault.ts';
import { maskText } from '../secrets/secrets.ts';
import { requestLimits } from '../values/limits.ts';

/** What a reader makes of a value: the value meant, or why it means none. */
export type Meaning<T> = { value: T } | { refused: IssueType };

const integerText = /^[+-]?\d+(\.0+)?$/;
const floatText = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const notFiniteText = /^[+-]?(inf|infinity|nan)$/i;
const digitSeparator = /(?<=\d)_(?=\d)/g;
const booleanTexts = new Map([
  ...['1', 'on', 't', 'true', 'y', 'yes'].map((text) => [text, true] as const),
  ...['0', 'off', 'f', 'false', 'n', 'no'].map((text) => [text, false] as const),
]);

/** Numbers from here on pydantic does not take for integers: those that 64 bits do not hold. */
const TOO_BIG = 2 ** 63;
/** Digits of a text that Python reads as an integer at most, zeros in front of them not counted. */
const MOST_DIGITS = 4_300;

/**
 * Reads an integer as pydantic does: 3, 3.0, "3", " +3 ", "3.0", "1_000", true. What is written with all of its digits has
 * no limit there and is refused here as 1e20 is: JSON's reader tells them apart no more.
 */
export function readInteger(input: unknown): Meaning<number> {
  if (typeof input === 'boolean') return { value: Number(input) };
  if (typeof input === 'number') {
    if (!Number.isFinite(input)) return { refused: 'finite_number' };
    if (Math.abs(input) >= TOO_BIG) return { refused: 'int_parsing_size' };
    return Number.isInteger(input) ? { value: input } : { refused: 'int_from_float' };
  }
  if (typeof input !== 'string') return { refused: 'int_type' };
  if (input.length > requestLimits.number) return { refused: 'string_too_long' };
  const text = input.trim().replace(digitSeparator, '');
  if (!integerText.test(text)) return { refused: 'int_parsing' };
  const digits = text.replace(/^[+-]?0*|\.0+$/g, '');
  return digits.length > MOST_DIGITS ? { refused: 'int_parsing_size' } : { value: Number(text) };
}

/** Reads a number as pydantic does: 0.5, "0.5", " 1e3 ", true. "inf" and "nan" are read, for a limit to refuse. */
export function readFloat(input: unknown): Meaning<number> {
  if (typeof input === 'boolean') return { value: Number(input) };
  if (typeof input === 'number') return { value: input };
  if (typeof input !== 'string') return { refused: 'float_type' };
  if (input.length > requestLimits.number) return { refused: 'string_too_long' };
  const text = input.trim().replace(digitSeparator, '');
  if (notFiniteText.test(text)) return { value: Number.NaN };
  return floatText.test(text) ? { value: Number(text) } : { refused: 'float_parsing' };
}

/** Reads a boolean as pydantic does: true, 1, "yes", "ON", "t", and their opposites. */
export function readBoolean(input: unknown): Meaning<boolean> {
  if (typeof input === 'boolean') return { value: input };
  if (typeof input === 'number' && !(Number.isInteger(input) && Math.abs(input) < TOO_BIG))
    return { refused: 'bool_type' };
  if (typeof input !== 'number' && typeof input !== 'string') return { refused: 'bool_type' };
  const value = booleanTexts.get(String(input).toLowerCase());
  return value === undefined ? { refused: 'bool_parsing' } : { value };
}

/** A field read by `read` first; `schema` then states its limits. */
export function lenient<T extends z.ZodType>(read: (input: unknown) => Meaning<unknown>, schema: T) {
  return z.preprocess((input, context) => {
    const meaning = read(input);
    if ('value' in meaning) return meaning.value;
    refuse(context, meaning.refused);
    return z.NEVER;
  }, schema);
}

/** A field of several types, tried in order; when none fits, each says why under its own name, as pydantic does. */
export function lenientUnion<T extends z.ZodType>(
  readers: { [name: string]: (input: unknown) => Meaning<unknown> },
  schema: T,
) {
  const inOrder = Object.entries(readers);
  return z.preprocess((input, context) => {
    const refusals: [string, IssueType][] = [];
    for (const [name, read] of inOrder) {
      const meaning = read(input);
      if ('value' in meaning) return meaning.value;
      refusals.push([name, meaning.refused]);
    }
    for (const [name, type] of refusals) refuse(context, type, [name]);
    return z.NEVER;
  }, schema);
}

/** A whole request body: an object, and nothing in it that could not be carried on. */
export function requestBody<T extends z.ZodObject>(schema: T) {
  return z.preprocess((body, context) => {
    const fault = findValueFault(body);
    if (fault === undefined) return body;
    context.addIssue({ code: 'custom', message: fault.message, path: fault.path, input: fault.input });
    return z.NEVER;
  }, schema);
}

/** Warnings are kept with the job: a body full of unknown fields must not fill the memory with them. */
const MAX_NAMED = 20;

/** Warnings for fields of a body that its schema does not know. @param body what the schema has accepted. */
export function unknownFieldWarnings(schema: { out: z.ZodObject }, body: unknown): string[] {
  const known = schema.out.shape;
  const unknown = Object.keys(Object(body)).filter((field) => !Object.hasOwn(known, field));
  const named = unknown
    .slice(0, MAX_NAMED)
    .map((field) => `unknown field ${JSON.stringify(cut(maskText(field)))} was ignored`);
  const more = unknown.length - named.length;
  return more === 0 ? named : [...named, `${more} more unknown fields were ignored`];
}

function cut(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
