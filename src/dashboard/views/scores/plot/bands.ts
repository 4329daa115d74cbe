import uPlot from 'uplot';
import type { Line, Point } from '../lines.ts';

/** The points between which a line goes. */
export function unbroken({ points }: Line, gaps: readonly number[]): Point[][] {
  const parts: Point[][] = [[]];
  let next = 0;
  for (const point of points) {
    let isBroken = false;
    for (; (gaps[next] ?? Number.POSITIVE_INFINITY) < point.x; next++) isBroken = true;
    if (isBroken) parts.push([]);
    parts.at(-1)?.push(point);
  }
  return parts;
}

/** The area between the intervals of neighbours; a point without one has none. */
export function bandPath(u: uPlot, points: readonly Point[]): Path2D {
  const path = new Path2D();
  const at = (x: number, y: number): [number, number] => [u.valToPos(x, 'x', true), u.valToPos(y, 'y', true)];
  let part: { x: number; interval: readonly [number, number] }[] = [];
  const close = () => {
    for (const [index, { x, interval }] of part.entries()) {
      if (index === 0) path.moveTo(...at(x, interval[0]));
      else path.lineTo(...at(x, interval[0]));
    }
    for (const { x, interval } of part.toReversed()) path.lineTo(...at(x, interval[1]));
    part = [];
  };
  for (const { x, interval } of points) {
    if (interval === null) close();
    else part.push({ x, interval });
  }
  close();
  return path;
}

/** The interval of a point that stands alone. */
export function strokeWhisker({ ctx, valToPos }: uPlot, { x, interval }: Point): void {
  if (interval === null) return;
  const at = valToPos(x, 'x', true);
  ctx.save();
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.stroke(new Path2D(`M${at} ${valToPos(interval[0], 'y', true)}V${valToPos(interval[1], 'y', true)}`));
  ctx.restore();
}
