import { z } from 'zod';

/** A piece of JSON that is written as it was read. Node's own object of `JSON.rawJSON`. */
export type RawJson = { readonly rawJSON: string };

declare global {
  interface JSON {
    /** @throws SyntaxError unless it is the text of one number, string, boolean or null. */
    rawJSON(text: string): RawJson;
    isRawJSON(value: unknown): value is RawJson;
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Characters of the longest number that is kept as it was written. */
const LONGEST = 1_000;

/** A number that a double cannot hold: its text is kept, so that it passes through the journal unchanged. */
export const exactNumberSchema = z.object({
  exact: z.string().max(LONGEST).regex(NUMBER).describe('The number as it was written, in JSON'),
});

export type ExactNumber = z.infer<typeof exactNumberSchema>;

/** A number in an answer: what a double cannot hold is written as it was read. */
export const shownNumberSchema: z.ZodType<number | RawJson, number> = z.number();

/** The number of a text of JSON; its text where a double would be another number; null when it is too long, or none. */
export function readNumber(text: string): number | ExactNumber | null {
  if (text.length > LONGEST || !NUMBER.test(text)) return null;
  const value = Number(text);
  return isSame(text, value) ? value : { exact: text };
}

/** A number as it stands in an answer. */
export function shownNumber(number: number | ExactNumber | null | undefined): number | RawJson | null {
  return typeof number === 'object' && number !== null ? JSON.rawJSON(number.exact) : (number ?? null);
}

/** Whether a double is the number of a text of JSON, and not only the nearest one. */
export function isSame(text: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const written = String(value);
  return text === written || canonical(text) === canonical(written);
}

/** Digits and exponent without what may be written in several ways: `1.50`, `15e-1` and `1.5` are one. */
function canonical(text: string): string {
  const [mantissa = '', exponent = '0'] = text.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  const significant = digits.slice(0, end);
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${text.startsWith('-') ? '-' : ''}${significant}e${power}`;
}

/** Puts the nearest double in the place of each number that was kept as it was written, in place. */
export function asDoubles(value: unknown): unknown {
  return replaceIn(value, (item) => (JSON.isRawJSON(item) ? Number(item.rawJSON) : undefined));
}

/**
 * Replaces objects within a value that was parsed, in place.
 * @param replacementOf what takes the place of an object; undefined: it stays, and what is in it is looked at.
 */
export function replaceIn(value: unknown, replacementOf: (item: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replacement = replacementOf(value);
  if (replacement !== undefined) return replacement;
  for (const [name, item] of Object.entries(value)) {
    const next = replaceIn(item, replacementOf);
    // Not by assignment: a task may be called `__proto__`.
    if (next !== item)
      Object.defineProperty(value, name, { value: next, enumerable: true, configurable: true, writable: true });
  }
  return value;
}

/** The nearest double of a number in an answer, to compute with or to draw; null where that is none that is finite. */
export function nearestDouble(number: number | RawJson | null): number | null {
  const double = typeof number === 'object' && number !== null ? Number(number.rawJSON) : number;
  return double !== null && Number.isFinite(double) ? double : null;
}

/** A number in an answer with all its digits: as a number where a double holds it, else as its text. */
export const allDigits = (number: number | RawJson | null): number | string | null =>
  typeof number === 'object' && number !== null ? number.rawJSON : number;
