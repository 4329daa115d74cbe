import type uPlot from 'uplot';
import type { Line } from '../lines.ts';

/** A point by its line and its place in that, and pixels to it. */
export type Nearest = { line: number; point: number; distance: number };

/** Finds points of a plot by where they are. @param plotOf the plot, which is there when it is asked. */
export function createFinder(lines: readonly Line[], plotOf: () => uPlot) {
  let places: { left: Float64Array; top: Float64Array }[] | null = null;
  const placesIn = (plot: uPlot) =>
    lines.map(({ points }) => ({
      left: Float64Array.from(points, ({ x }) => plot.valToPos(x, 'x')),
      top: Float64Array.from(points, ({ value }) => plot.valToPos(value, 'y')),
    }));
  return {
    /** It has been drawn anew: points may be elsewhere. */
    forget: (): void => {
      places = null;
    },
    /** @param left pixels from the left of the plot, axes and all. @returns null: there is no point. */
    nearestTo: (left: number, top: number): Nearest | null => {
      const plot = plotOf();
      places ??= placesIn(plot);
      const [x, y] = [left - plot.over.offsetLeft, top - plot.over.offsetTop];
      let best: Nearest | null = null;
      let least = Number.POSITIVE_INFINITY;
      for (const [line, at] of places.entries()) {
        for (let point = 0; point < at.left.length; point++) {
          const distance = ((at.left[point] ?? 0) - x) ** 2 + ((at.top[point] ?? 0) - y) ** 2;
          if (distance >= least) continue;
          least = distance;
          best = { line, point, distance: Math.sqrt(distance) };
        }
      }
      return best;
    },
  };
}
