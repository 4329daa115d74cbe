import { parseJson } from '../../../files/parseJson.ts';
import { endOfString, excessOf } from '../../../schemas/errors/jsonFault.ts';
import { isSame } from '../../../schemas/results/exactNumber.ts';
import { runLimits } from '../../../schemas/values/limits.ts';

const NON_FINITE = '\u0000not finite';
/** Only a text that has one of these can have a number that a double changes: 16 digits or more, or a large exponent. */
const LONG_NUMBER = /\d[\d.]{15}|\d[eE][+-]?\d{3}/;

/**
 * Parses JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` may stand for numbers; all become `NaN`.
 *
 * @throws SyntaxError when it is not even that, too deep, or of too many values (`runLimits`).
 */
export function parsePythonJson(text: string): unknown {
  return parseWith(text, null, Number.NaN);
}

/**
 * The same, with every number as it was written: what a double cannot hold (2^53 + 1, 1e400) is an object of
 * `JSON.rawJSON`, which `JSON.stringify` writes back unchanged.
 *
 * @param nonFinite what stands for `NaN` and infinity. @throws SyntaxError as `parsePythonJson`.
 */
export function parseExactly(text: string, nonFinite: number | null = Number.NaN): unknown {
  return parseWith(text, LONG_NUMBER.test(text) ? exactly : null, nonFinite);
}

type Reviver = NonNullable<Parameters<typeof parseJson>[1]>;

const exactly: Reviver = (value, source) =>
  typeof value === 'number' && source !== undefined && !isSame(source, value) ? JSON.rawJSON(source) : value;

function parseWith(text: string, revive: Reviver | null, nonFinite: number | null): unknown {
  checkShape(text);
  try {
    return parseJson(text, revive ?? undefined);
  } catch (error) {
    const standard = replaceNonFinite(text);
    if (standard === text) throw error;
    return parseJson(standard, (value, source) => {
      if (value === NON_FINITE) return nonFinite;
      return revive === null ? value : revive(value, source);
    });
  }
}

/** @throws SyntaxError when it is more than is read. A text that cannot be is not looked through. */
function checkShape(text: string): void {
  if (text.length <= runLimits.values && !hasMoreThan(text, '[', '{', runLimits.depth)) return;
  const excess = excessOf(text, runLimits);
  if (excess === 'depth') throw new SyntaxError(`it has more than ${runLimits.depth} levels`);
  if (excess === 'values') throw new SyntaxError(`it has more than ${runLimits.values} values`);
}

function hasMoreThan(text: string, one: string, other: string, most: number): boolean {
  let count = 0;
  for (const mark of [one, other]) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      count += 1;
      if (count > most) return true;
    }
  }
  return false;
}

/** Replaces the words outside of strings. Goes through the text once. */
function replaceNonFinite(text: string): string {
  const word = JSON.stringify(NON_FINITE);
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    pieces.push(text.slice(at, end).replaceAll(/NaN|-?Infinity/g, word));
    at = quote < 0 ? end : endOfString(text, quote);
    pieces.push(text.slice(end, at));
  }
  return pieces.join('');
}
