import { clockTime } from '../../../text.ts';

/** A value of an axis, for people. @param axis `time`, or `label:` and a name. */
export const xText = (axis: string, x: number): string => (axis === 'time' ? clockTime(x * 1_000) : numberText(x));

/** The same with the name of its label. */
export const placeText = (axis: string, x: number): string =>
  axis === 'time' ? xText(axis, x) : `${axisName(axis)} ${xText(axis, x)}`;

/** What an axis is called. */
export const axisName = (axis: string): string => (axis === 'time' ? 'time' : axis.slice('label:'.length));

export const numberText = (value: number): string =>
  Math.abs(value) >= 1e9 || (value !== 0 && Math.abs(value) < 1e-4)
    ? value.toExponential(2)
    : value.toLocaleString('en-US', { maximumFractionDigits: 6 });

/** Marks of an axis of times. @param apart seconds between two of them. */
export function timeMarks(values: readonly (number | null)[], apart: number): string[] {
  const isByDay = apart >= 86_400;
  return values.map((value) => {
    if (value === null) return '';
    const date = new Date(value * 1_000);
    if (isByDay) return date.toLocaleDateString('en-CA');
    return date.toLocaleTimeString('en-GB', apart < 60 ? {} : { hour: '2-digit', minute: '2-digit' });
  });
}

/** What an axis of scores spans: all of what is drawn, and a little more. */
export function spanOf(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const more = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
  return [low - more, high + more];
}
