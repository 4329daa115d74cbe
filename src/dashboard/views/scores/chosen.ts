import type { Line, Point } from './lines.ts';

/** A point by its line and its place in that. */
export type Chosen = { line: number; point: number };

/** The point that is chosen; null: none is. */
export const pointAt = (lines: readonly Line[], chosen: Chosen | null): Point | null =>
  chosen === null ? null : (lines[chosen.line]?.points[chosen.point] ?? null);

/** The last point of the first line. */
export function lastOf(lines: readonly Line[]): Chosen | null {
  const line = lines.findIndex(({ points }) => points.length > 0);
  return line < 0 ? null : { line, point: (lines[line]?.points.length ?? 1) - 1 };
}

/** Where a key leads from a point: to its neighbours, or to the nearest x of the line above or below in the legend. */
export function step(lines: readonly Line[], chosen: Chosen | null, key: string): Chosen | null {
  const from = chosen ?? lastOf(lines);
  if (from === null) return null;
  const points = lines[from.line]?.points ?? [];
  const within = (point: number) => ({ ...from, point: Math.max(0, Math.min(points.length - 1, point)) });
  switch (key) {
    case 'ArrowLeft':
      return within(from.point - 1);
    case 'ArrowRight':
      return within(from.point + 1);
    case 'Home':
      return within(0);
    case 'End':
      return within(points.length - 1);
    case 'ArrowUp':
    case 'ArrowDown': {
      const line = (from.line + (key === 'ArrowUp' ? -1 : 1) + lines.length) % lines.length;
      const x = points[from.point]?.x ?? 0;
      const other = lines[line]?.points ?? [];
      let point = 0;
      for (const [at, each] of other.entries()) {
        if (Math.abs(each.x - x) < Math.abs((other[point]?.x ?? 0) - x)) point = at;
      }
      return other.length === 0 ? from : { line, point };
    }
    default:
      return null;
  }
}
