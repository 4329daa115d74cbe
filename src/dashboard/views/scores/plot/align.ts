import type { Line } from '../lines.ts';

/** Values of lines at the x of all of them, as uPlot takes them: undefined has no point there, null is a gap. */
export type Aligned = [number[], ...(number | null | undefined)[][]];

/** The gaps of a line that stand between its own points and those of the others. */
export function gapsWithin(lines: readonly Line[]): (line: Line) => number[] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { points } of lines) {
    first = Math.min(first, points[0]?.x ?? first);
    last = Math.max(last, points.at(-1)?.x ?? last);
  }
  return ({ gaps }) => gaps.filter((x) => x >= first && x <= last);
}

/** Puts lines on one axis. */
export function align(lines: readonly Line[]): Aligned {
  const gapsOf = gapsWithin(lines);
  const xs = [...new Set(lines.flatMap((line) => [...line.points.map(({ x }) => x), ...gapsOf(line)]))].sort(
    (a, b) => a - b,
  );
  const places = new Map(xs.map((x, place) => [x, place]));
  const values = lines.map((line) => {
    const row = new Array<number | null | undefined>(xs.length).fill(undefined);
    for (const { x, value } of line.points) row[places.get(x) ?? 0] = value;
    for (const x of gapsOf(line)) row[places.get(x) ?? 0] = null;
    return row;
  });
  return [xs, ...values];
}
