import { styleText } from 'node:util';
import type { ScoreGap, ScoreLine } from '../../text/scoreLines.ts';
import { cutTo, plain, widthOf } from '../frame/output/cells.ts';
import type { Color } from '../frame/output/listing.ts';
import { type Axis, atText, bottomAxis, valueAxis, type XAxis } from './axes.ts';
import { type Canvas, createCanvas, type Dot } from './braille.ts';
import { wrapText } from './wrap.ts';

/** A sign beside each colour; there are more of them than colours. */
const SIGNS = [...'●○■□▲△◆◇ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const COLORS = ['cyan', 'magenta', 'green', 'red'] as const satisfies Color[];
/** Along the axis, and before what is said of it. */
const MISSING = '×';
/** Checkpoints without a result that are named. */
const NAMED = 8;

export type PlotOptions = {
  title: string;
  x: XAxis;
  /** Columns of the terminal. */
  width: number;
  /** Rows of the drawing, without axis and legend. */
  rows: number;
  color: boolean;
};

/** The sign of a line, in the drawing and in the legend. */
const signOf = (line: number): string => SIGNS[line % SIGNS.length] ?? '●';

/** Scores along an axis as lines of text: a line a run in braille, dotted bars for the intervals, axes, a legend, what is missing. */
export function plotLines(lines: readonly ScoreLine[], options: PlotOptions): string[] {
  const { title, x, width, rows, color } = options;
  const paint = (text: string, line: number) => {
    const style = COLORS[line % COLORS.length];
    return color && style !== undefined ? styleText(style, text, { validateStream: false }) : text;
  };
  const points = lines.flatMap((line) => line.points);
  const head = wrapText(plain(title), width, '  ');
  if (points.length === 0) return [...head, 'There is no score on the axis.', ...missingLines(lines, options)];
  const values = valueAxis(points.flatMap(({ value, interval }) => [value, ...(interval ?? [])]));
  const xs = [...points.map((point) => point.x), ...lines.flatMap(({ gaps }) => gaps.flatMap((gap) => gap.x ?? []))];
  const bottom = bottomAxis(x, xs);
  const ticks = values.ticks(Math.max(2, Math.floor(rows / 3)));
  const left = Math.max(...ticks.map(({ text }) => text.length)) + 1;
  const canvas = createCanvas(Math.max(8, width - left - 1), rows);
  draw(canvas, lines, { values, bottom });
  const labels = new Map(ticks.map(({ value, text }) => [Math.floor(yOf(canvas, values, value) / 4), text]));
  return [
    ...head,
    ...canvas.rows(paint).map((row, index) => {
      const label = labels.get(index);
      return `${(label ?? '').padStart(left - 1)} ${label === undefined ? '│' : '┤'}${row}`.trimEnd();
    }),
    ...bottomLines(canvas, bottom, { left, name: x.name, gaps: lines.flatMap(({ gaps }) => gaps) }),
    '',
    ...legend(lines, { width, paint }),
    ...missingLines(lines, options),
  ];
}

type Axes = { values: Axis; bottom: Axis };

const xOf = ({ width }: Canvas, bottom: Axis, x: number): number => Math.round(bottom.of(x) * (width - 1));
const yOf = ({ height }: Canvas, values: Axis, value: number): number =>
  Math.round((1 - values.of(value)) * (height - 1));

function draw(canvas: Canvas, lines: readonly ScoreLine[], { values, bottom }: Axes): void {
  const at = (x: number, value: number): Dot => [xOf(canvas, bottom, x), yOf(canvas, values, value)];
  for (const [index, { segments }] of lines.entries()) {
    for (const segment of segments) {
      for (const { x, interval } of segment) {
        if (interval === null) continue;
        const [column, low] = at(x, interval[0]);
        const [, high] = at(x, interval[1]);
        // Every other dot: a line of a run has all of them.
        for (let y = high; y <= low; y += 2) canvas.dot(column, y, index);
      }
      for (const [step, point] of segment.slice(1).entries()) {
        const before = segment[step];
        if (before !== undefined) canvas.stroke(at(before.x, before.value), at(point.x, point.value), index);
      }
    }
  }
  // Above all lines.
  for (const [index, { points }] of lines.entries()) {
    for (const { x, value } of points) canvas.mark(at(x, value), signOf(index), index);
  }
}

type Bottom = { left: number; name: string; gaps: readonly ScoreGap[] };

/** The axis along the bottom, with as many ticks as have room for what stands below them. */
function bottomLines(canvas: Canvas, bottom: Axis, { left, name, gaps }: Bottom): string[] {
  const columns = canvas.width / 2;
  const axis = Array.from({ length: columns }, () => '─');
  const below = Array.from({ length: columns + left + 1 }, () => ' ');
  let free = 0;
  for (const { value, text } of bottom.ticks(Math.max(2, Math.floor(columns / 12)))) {
    const column = Math.floor(xOf(canvas, bottom, value) / 2);
    const start = Math.min(left + 1 + column - Math.floor(text.length / 2), below.length - text.length);
    if (start < free) continue;
    axis[column] = '┬';
    for (const [index, char] of [...text].entries()) below[start + index] = char;
    free = start + text.length + 2;
  }
  for (const { x } of gaps) if (x !== null) axis[Math.floor(xOf(canvas, bottom, x) / 2)] = MISSING;
  return [
    `${' '.repeat(left)}└${axis.join('')}`,
    below.join('').trimEnd(),
    cutTo(plain(name), columns).padStart(left + 1 + Math.ceil((columns + widthOf(name)) / 2)),
  ];
}

type Legend = { width: number; paint(text: string, line: number): string };

function legend(lines: readonly ScoreLine[], { width, paint }: Legend): string[] {
  const rows: { text: string; taken: number }[] = [];
  for (const [index, { name }] of lines.entries()) {
    const sign = signOf(index);
    const shown = cutTo(plain(name), width - 2);
    const taken = 2 + widthOf(shown);
    const text = `${paint(sign, index)} ${shown}`;
    const last = rows.at(-1);
    if (last !== undefined && last.taken + 3 + taken <= width) {
      last.text += `   ${text}`;
      last.taken += 3 + taken;
    } else rows.push({ text, taken });
  }
  return rows.map(({ text }) => text);
}

/** Which checkpoints have no result, and why. */
function missingLines(lines: readonly ScoreLine[], { width, x }: PlotOptions): string[] {
  const all = lines.flatMap(({ name, gaps }) => gaps.map((gap) => ({ name, gap })));
  const more = all.length - NAMED;
  return [
    ...all.slice(0, NAMED).flatMap(({ name, gap }) => {
      const where = gap.x === null ? `job ${gap.job_id.slice(0, 8)}` : atText(x, gap.x);
      return wrapText(
        plain(`${MISSING} ${gap.measured ? 'not shown' : 'no result'}: ${name}, ${where}: ${gap.reason}`),
        width,
        '  ',
      );
    }),
    ...(more > 0 ? [`and ${more} more; -o csv has all of them`] : []),
  ];
}
