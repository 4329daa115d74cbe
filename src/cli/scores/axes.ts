import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale';

/** What is along the bottom. `label` and the name of one, or time. */
export type XAxis = { kind: 'linear' | 'log' | 'time'; name: string };

/** Where a value of an axis stands, from 0 to 1, and what is written along it. */
export type Axis = {
  of(value: number): number;
  ticks(count: number): { value: number; text: string }[];
};

/** The axis of values, from a round number to a round number. */
export function valueAxis(values: readonly number[]): Axis {
  const [low, high] = extent(values);
  const room = high > low ? (high - low) * 0.04 : Math.abs(high) * 0.1 || 0.5;
  const scale = scaleLinear([low - room, high + room], [0, 1]);
  return {
    of: scale,
    ticks: (count) => {
      const format = scale.tickFormat(count);
      return scale.ticks(count).map((value) => ({ value, text: format(value).replace('−', '-') }));
    },
  };
}

/** The axis along the bottom. @param values of the points, times as seconds since 1970. */
export function bottomAxis({ kind }: XAxis, values: readonly number[]): Axis {
  const [low, high] = extent(values);
  const isOne = low === high;
  const named = (found: number[]) => (isOne ? [low] : found).map((value) => ({ value, text: xText(value) }));
  if (kind === 'time') {
    const room = isOne ? 3_600 : 0;
    const scale = scaleUtc([date(low - room), date(high + room)], [0, 1]);
    return {
      of: (value) => scale(date(value)),
      ticks: (count) => {
        const found = isOne ? [date(low)] : scale.ticks(count);
        return found.map((each) => ({ value: each.getTime() / 1_000, text: timeText(each, high - low) }));
      },
    };
  }
  if (kind === 'log') {
    const scale = scaleLog(isOne ? [low / 2, high * 2] : [low, high], [0, 1]);
    return { of: scale, ticks: (count) => named(scale.ticks(count)) };
  }
  const scale = scaleLinear(isOne ? [low - 1, high + 1] : [low, high], [0, 1]);
  return { of: scale, ticks: (count) => named(scale.ticks(count)) };
}

/** A tick of time, in UTC: the year where years are seen, the day at midnight, else the time of day, with seconds where minutes are. */
function timeText(time: Date, span: number): string {
  const text = time.toISOString();
  if (span > 300 * 86_400) return text.slice(0, 7);
  return text.slice(11, 19) === '00:00:00' ? text.slice(5, 10) : text.slice(11, span < 600 ? 19 : 16);
}

/** A number of the axis along the bottom: `12000`, `0.25`. */
export const xText = (value: number): string => String(Number(value.toPrecision(12)));

const date = (seconds: number): Date => new Date(seconds * 1_000);

/** A time of the axis, or a number, with its name: `step 12000`, `2026-11-29 14:05`. */
export function atText({ kind, name }: XAxis, x: number): string {
  if (kind !== 'time') return `${name} ${xText(x)}`;
  return date(x).toISOString().replace('T', ' ').slice(0, 19);
}

const extent = (values: readonly number[]): [number, number] => [
  values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
];
