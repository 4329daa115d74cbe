import type { Redactor } from './redactor.ts';

/** What files of a run say, as it may be shown: all of its texts and names. Numbers stay. */
export function redactValue<T>(value: T, redactor: Redactor): T;
export function redactValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) {
    // Lines of a log: one may begin what the next one ends.
    const isOfTexts = value.every((item) => typeof item === 'string');
    return isOfTexts ? redactor.lines(value) : value.map((item) => redactValue(item, redactor));
  }
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, item]) => [redactor.text(name), redactValue(item, redactor)]));
}
