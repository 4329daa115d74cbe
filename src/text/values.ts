import type { JsonValue } from '../schemas/values/json.ts';

/**
 * A value that was typed, as JSON has it: a number, true, false, null, a list or an object where it is written so,
 * else a text. Numbers only in the way that JSON writes them back: `007` and `1e999` stay texts.
 */
export function readValue(text: string): JsonValue {
  if (text === 'True' || text === 'False') return text === 'True';
  if (!/^(?:[-\d[{"]|true$|false$|null$)/.test(text)) return text;
  try {
    const value: JsonValue = JSON.parse(text);
    return typeof value === 'number' && !Number.isFinite(value) ? text : value;
  } catch {
    return text;
  }
}

/** Splits at commas, but not within brackets and quotes: `a=1,b=[1,2]`. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && quote) i += 1;
    else if (char === '"') quote = !quote;
    else if (!quote && (char === '[' || char === '{')) depth += 1;
    else if (!quote && (char === ']' || char === '}')) depth -= 1;
    else if (char === ',' && depth <= 0 && !quote) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
