const NON_FINITE = '\u0000not finite';

/**
 * Parses JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` may stand for numbers; all become `NaN`.
 *
 * @throws SyntaxError when it is not even that.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const standard = replaceNonFinite(text);
    if (standard === text) throw error;
    return JSON.parse(standard, (_, value: unknown) => (value === NON_FINITE ? Number.NaN : value));
  }
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

/** @param quote where the string begins. @returns where what follows it begins. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
