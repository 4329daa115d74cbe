import { z } from 'zod';
import { tooLong } from './limits.ts';

/** A text of bounded length. @param most characters; null: any number. @param what is named by the refusal; else the field. */
export function shortText(field: string, most: number | null, what?: string): z.ZodString {
  if (most === null) return z.string();
  return z
    .string()
    .max(most, what === undefined ? tooLong(field, most) : `${what} should have at most ${most} characters`);
}

/** Whether lmms-eval takes a task's name for a pattern. */
export function isPattern(name: string): boolean {
  return /[*?[]/.test(name);
}

/**
 * Control characters, inside brackets. Spelled out, for these patterns go into the description of the interface, and
 * not every reader of JSON Schema knows \p{Cc}; for the same reason nothing in them looks ahead.
 */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f';

/** Text without control characters. */
export const plainText = new RegExp(`^[^${CONTROL}]*$`);

/** The same, and not empty or blank. */
export const listableName = new RegExp(`^ *[^\\s,${CONTROL}][^,${CONTROL}]*$`);

/**
 * Splits a line into words as a shell does: spaces separate, single and double quotes and a backslash keep them.
 * Nothing is expanded.
 * @throws Error when a quote is not closed.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === '\\' && quote !== "'" && i + 1 < line.length) word = (word ?? '') + line.charAt(++i);
    else if (char === quote) quote = null;
    else if (quote !== null) word += char;
    else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (quote !== null) throw new Error(`a ${quote} is not closed`);
  if (word !== null) words.push(word);
  return words;
}
