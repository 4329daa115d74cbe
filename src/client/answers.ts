import { z } from 'zod';
import { readNumber, shownNumber } from '../schemas/results/exactNumber.ts';

/** An answer of another shape than evald's: the message says where. */
export class UnreadableAnswer extends Error {}

/**
 * Reads an answer. A number that a double cannot hold stays as it was written (`JSON.rawJSON`), so that it can be shown
 * and passed on.
 * @throws UnreadableAnswer when it is no JSON, or of another shape.
 */
export function readAnswer<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  let isExact = true;
  const value = parse(text, (_key, item, { source }) => {
    if (typeof item !== 'number' || source === undefined) return item;
    const number = shownNumber(readNumber(source));
    if (typeof number === 'object') isExact = false;
    return number;
  });
  // The schemas know doubles alone: they are shown a copy, in which 0 stands for what is beyond them.
  const read = schema.safeParse(isExact ? value : parse(text, (_key, item) => (isBeyond(item) ? 0 : item)));
  if (!read.success) throw new UnreadableAnswer(z.prettifyError(read.error).split('\n', 2).join(' '));
  return isExact ? read.data : (value as z.output<T>);
}

const isBeyond = (item: unknown): boolean => typeof item === 'number' && !Number.isFinite(item);

function parse(text: string, revive: Parameters<typeof JSON.parse>[1]): unknown {
  try {
    return JSON.parse(text, revive);
  } catch {
    throw new UnreadableAnswer('it is no JSON');
  }
}
