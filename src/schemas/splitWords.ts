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
