import type { Blot } from './blot.ts';

/** What files of a run say, as it may be shown: all of its texts and names. Numbers stay. */
export function redactValue<T>(value: T, blot: Blot): T;
export function redactValue(value: unknown, blot: Blot): unknown {
  if (typeof value === 'string') return blot.text(value);
  if (Array.isArray(value)) {
    // Lines of a log: one may begin what the next one ends.
    const isOfTexts = value.every((item) => typeof item === 'string');
    return isOfTexts ? blot.lines(value) : value.map((item) => redactValue(item, blot));
  }
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, item]) => [blot.text(name), redactValue(item, blot)]));
}
