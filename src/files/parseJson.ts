import type { z } from 'zod';

/** Makes of a value and its source, where it is a plain one, what is to stand for it. */
type Revive = (value: unknown, source: string | undefined) => unknown;

/** `JSON.parse`, whose errors quote nothing of the text: it may be a credential, or any file. @throws SyntaxError */
export function parseJson(text: string, revive?: Revive): unknown {
  try {
    return revive === undefined ? JSON.parse(text) : JSON.parse(text, (_, value, { source }) => revive(value, source));
  } catch (error) {
    throw new SyntaxError(faultOf(String(error)));
  }
}

/**
 * Reads what evald itself has noted in a file. @throws Error without a word of what is there.
 */
export function parseNote<T>(text: string, schema: z.ZodType<T>): T {
  const { data, success } = schema.safeParse(parseJson(text));
  if (!success) throw new Error('it is not what evald has written there');
  return data;
}

/** Of what the engine says only the place is taken; it does not always name one. */
function faultOf(words: string): string {
  if (words.includes('Unexpected end')) return 'it is no JSON: it ends too early';
  const position = /\bat position (\d{1,15})\b(?: \(line \d{1,15} column \d{1,15}\))?$/.exec(words)?.[1];
  return position === undefined ? 'it is no JSON' : `it is no JSON, from character ${position} on`;
}
