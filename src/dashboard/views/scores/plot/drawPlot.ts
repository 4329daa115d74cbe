import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Line, Point } from '../lines.ts';
import { align, gapsWithin } from './align.ts';
import { numberText, spanOf, timeMarks } from './axes.ts';
import { bandPath, strokeWhisker, unbroken } from './bands.ts';
import { createFinder, type Nearest } from './finder.ts';
import type { Inks } from './inks.ts';
import { strokeOf, traceMark } from './strokes.ts';

export type PlotInput = {
  lines: readonly Line[];
  /** `time`, or `label:` and a name. */
  axis: string;
  isLog: boolean;
  inks: Inks;
  width: number;
  height: number;
};

/** A plot that is drawn, in pixels of the page from its own top left corner. */
export type DrawnPlot = {
  canvas: HTMLCanvasElement;
  /** Where a point is drawn. */
  placeOf(point: Point): { left: number; top: number };
  /** The point that is nearest to a place; null: there is none. */
  nearestTo(left: number, top: number): Nearest | null;
  resize(width: number): void;
  end(): void;
};

const AXIS = 28;
const WIDEST = 90;
/** Whether a mark of a logarithmic axis has a number: 1, 2, 5, 10, 20 … */
const isRound = (mark: number): boolean => /^[125]e/.test(mark.toExponential(3).replace('.000', ''));

/** Points of a line beyond which its marks are small. */
const DENSE = 150;

/** Draws lines with their bands into an element. */
export function drawPlot(box: HTMLElement, { lines, axis, isLog, inks, width, height }: PlotInput): DrawnPlot {
  const gapsOf = gapsWithin(lines);
  const span = spanOf(
    lines.flatMap(({ points }) => points.flatMap(({ value, interval }) => [value, ...(interval ?? [])])),
  );
  const colourOf = (line: Line) => inks.lines[strokeOf(line.index).colour] ?? inks.text;
  const axisInk = {
    stroke: inks.quiet,
    font: inks.font,
    grid: { stroke: inks.rule, width: 1 },
    ticks: { show: false },
  };

  /** Draws within the axes until the returned function is called. */
  const within = (u: uPlot) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    // A mark at the edge is drawn whole.
    const more = 6 * uPlot.pxRatio;
    ctx.rect(bbox.left - more, bbox.top - more, bbox.width + 2 * more, bbox.height + 2 * more);
    ctx.clip();
    return () => ctx.restore();
  };
  const drawBands = (u: uPlot) => {
    const end = within(u);
    for (const line of lines) {
      u.ctx.fillStyle = colourOf(line);
      u.ctx.strokeStyle = colourOf(line);
      u.ctx.globalAlpha = 0.16;
      for (const part of unbroken(line, gapsOf(line))) {
        if (part.length > 1) u.ctx.fill(bandPath(u, part));
        else if (part[0] !== undefined) strokeWhisker(u, part[0]);
      }
    }
    end();
  };
  const drawMarks = (u: uPlot) => {
    const end = within(u);
    for (const line of lines) {
      u.ctx.fillStyle = colourOf(line);
      const { mark } = strokeOf(line.index);
      const size = (line.points.length > DENSE ? 1.6 : 3.4) * uPlot.pxRatio;
      const path = new Path2D();
      for (const { x, value } of line.points)
        traceMark(path, mark, u.valToPos(x, 'x', true), u.valToPos(value, 'y', true), size);
      u.ctx.fill(path);
    }
    end();
    drawGaps(u);
  };
  /** A cross on the axis stands where a result was asked for and there is none. */
  const drawGaps = ({ ctx, bbox, valToPos }: uPlot) => {
    const size = 3.5 * uPlot.pxRatio;
    const y = bbox.top + bbox.height - 2 * size;
    ctx.save();
    ctx.lineWidth = 1.5 * uPlot.pxRatio;
    for (const line of lines) {
      ctx.strokeStyle = colourOf(line);
      for (const gap of gapsOf(line)) {
        const x = valToPos(gap, 'x', true);
        if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
        ctx.stroke(
          new Path2D(
            `M${x - size} ${y - size}L${x + size} ${y + size}M${x + size} ${y - size}L${x - size} ${y + size}`,
          ),
        );
      }
    }
    ctx.restore();
  };
  const finder = createFinder(lines, () => plot);
  const plot = new uPlot(
    {
      width,
      height,
      legend: { show: false },
      padding: [8, 28, 0, 0],
      cursor: { y: false, points: { show: false } },
      scales: {
        x: { time: axis === 'time', distr: isLog ? 3 : 1, ...xRange(lines, isLog) },
        y: { range: () => span },
      },
      axes: [
        {
          ...axisInk,
          size: AXIS,
          ...(isLog && { filter: (_, marks) => marks.map((mark) => (isRound(mark) ? mark : null)) }),
          values: (_, values, __, ___, apart) =>
            axis === 'time'
              ? timeMarks(values, apart)
              : values.map((value) => (value === null ? '' : numberText(value))),
        },
        {
          ...axisInk,
          size: (_, values) => Math.min(WIDEST, 14 + 7 * Math.max(4, ...(values ?? []).map((value) => value.length))),
          values: (_, values) => values.map((value) => (value === null ? '' : numberText(value))),
        },
      ],
      series: [
        {},
        ...lines.map(
          (line): uPlot.Series => ({
            label: line.name,
            stroke: colourOf(line),
            width: 2,
            dash: [...strokeOf(line.index).dash],
            points: { show: false },
          }),
        ),
      ],
      hooks: {
        drawAxes: [drawBands],
        draw: [drawMarks, finder.forget],
      },
    },
    align(lines),
    box,
  );
  return {
    canvas: plot.ctx.canvas,
    placeOf: ({ x, value }) => ({
      left: plot.over.offsetLeft + plot.valToPos(x, 'x'),
      top: plot.over.offsetTop + plot.valToPos(value, 'y'),
    }),
    nearestTo: finder.nearestTo,
    resize: (to) => plot.setSize({ width: to, height }),
    end: () => plot.destroy(),
  };
}

/** A single x would have no width; and a logarithmic axis would begin and end at powers of ten. */
function xRange(lines: readonly Line[], isLog: boolean): { range?: uPlot.Scale.Range } {
  const xs = new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)));
  const [only] = xs;
  if (xs.size !== 1 || only === undefined) return isLog ? { range: (_, low, high) => [low, high] } : {};
  if (isLog) return { range: [only / 10, only * 10] };
  const around = Math.abs(only) * 0.1 || 1;
  return { range: [only - around, only + around] };
}
