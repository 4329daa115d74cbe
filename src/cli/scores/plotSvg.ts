import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { ScoreLine, ScorePoint } from '../../text/scoreLines.ts';
import { scoreText } from '../../text/scores.ts';
import { plain } from '../frame/output/cells.ts';
import { atText, type XAxis } from './axes.ts';

/** Colours that the colour-blind can keep apart (Okabe and Ito), on white. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9', '#444444'];
const SIZE = { width: 860, height: 480 };
const MARGINS = { marginLeft: 60, marginRight: 150, marginTop: 56, marginBottom: 48, inset: 10 };
/** Pixels from a name to the next. */
const APART = 14;

export type SvgOptions = { title: string; x: XAxis; y: string };

type Row = { x: number | Date; y: number; low: number; high: number; line: string; segment: string; label: string };

/** Scores along an axis as a file of SVG: lines with bands, a dot a score, what is missing as a cross at the bottom. */
export function plotSvg(lines: readonly ScoreLine[], { title, x, y }: SvgOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const place = (value: number) => (x.kind === 'time' ? new Date(value * 1_000) : value);
  const names = unique(lines.map(({ name }) => textOf(name)));
  const rows = lines.flatMap(({ segments }, index) =>
    segments.flatMap((segment, part) =>
      segment.map((point): Row => {
        const [low, high] = point.interval ?? [point.value, point.value];
        const line = names[index] ?? '';
        const label = labelOf(point, { line, x });
        return { x: place(point.x), y: point.value, low, high, line, segment: `${index}.${part}`, label };
      }),
    ),
  );
  const gaps = lines.flatMap((line, index) =>
    line.gaps.flatMap((gap) =>
      gap.x === null
        ? []
        : [
            {
              x: place(gap.x),
              line: names[index],
              label: textOf(`${names[index]}, ${atText(x, gap.x)}: ${gap.reason}`),
            },
          ],
    ),
  );
  const ends = names.flatMap((name) => rows.findLast(({ line }) => line === name) ?? []);
  const low = rows.reduce((least, row) => Math.min(least, row.low), Number.POSITIVE_INFINITY);
  const high = rows.reduce((most, row) => Math.max(most, row.high), Number.NEGATIVE_INFINITY);
  const of = { x: 'x', z: 'segment', stroke: 'line' } as const;
  const svg = Plot.plot({
    // The part of a DOM that Plot uses.
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    ...SIZE,
    ...MARGINS,
    style: { background: 'white', color: '#1f2328', fontSize: '12px' },
    x: { type: x.kind === 'time' ? 'utc' : x.kind, label: textOf(x.name), labelAnchor: 'center' },
    y: { label: textOf(y), grid: true, ...(low < high && { domain: [low, high] }) },
    color: { domain: names, range: names.map((_, index) => COLORS[index % COLORS.length]) },
    symbol: { domain: names },
    marks: [
      Plot.areaY(rows, { x: 'x', y1: 'low', y2: 'high', z: 'segment', fill: 'line', fillOpacity: 0.15 }),
      Plot.ruleX(rows, { x: 'x', y1: 'low', y2: 'high', stroke: 'line', strokeOpacity: 0.6 }),
      Plot.lineY(rows, { ...of, y: 'y', strokeWidth: 2 }),
      Plot.dot(rows, { x: 'x', y: 'y', fill: 'line', stroke: 'line', symbol: 'line', r: 4, title: 'label' }),
      Plot.dot(gaps, { x: 'x', frameAnchor: 'bottom', symbol: 'times', stroke: 'line', r: 5, title: 'label' }),
      ...labels(ends, [low, high]),
      Plot.text([textOf(title)], {
        frameAnchor: 'top-left',
        dy: -34,
        fontSize: 15,
        lineWidth: 52,
        textOverflow: 'ellipsis',
      }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', 'evald-title evald-desc');
  const described = (name: 'title' | 'desc', text: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    element.setAttribute('id', `evald-${name}`);
    element.textContent = text;
    return element;
  };
  // The first ones of a drawing are what is read out.
  svg.prepend(described('title', textOf(title)) as never, described('desc', description(rows, gaps)) as never);
  return `${svg.outerHTML.replaceAll('&nbsp;', '\u00a0')}\n`;
}

/** The name of each line behind its last point, moved so far that no two lie above each other. */
function labels(ends: readonly Row[], [low, high]: [number, number]): Plot.Markish[] {
  const room = SIZE.height - MARGINS.marginTop - MARGINS.marginBottom - 2 * MARGINS.inset;
  const at = ({ y }: Row) => (low < high ? ((high - y) / (high - low)) * room : room / 2);
  let free = Number.NEGATIVE_INFINITY;
  return [...ends]
    .sort((a, b) => at(a) - at(b))
    .map((end) => {
      const place = Math.max(at(end), free);
      free = place + APART;
      const text = { text: 'line', fill: 'line', textAnchor: 'start', dx: 10, dy: place - at(end) } as const;
      return Plot.text([end], { x: 'x', y: 'y', ...text, lineWidth: 11, textOverflow: 'ellipsis' });
    });
}

function labelOf({ x, score }: ScorePoint, { line, x: axis }: { line: string; x: XAxis }): string {
  const n = score.n === null ? '' : `, ${score.n} samples`;
  return textOf(`${line}, ${atText(axis, x)}: ${scoreText(score)}${n}, job ${score.job_id}`);
}

/** All that the drawing shows, for those that do not see it. */
const description = (rows: readonly Row[], gaps: readonly { label: string }[]): string =>
  [...rows.map(({ label }) => label), ...gaps.map(({ label }) => `no result: ${label}`)].join('; ');

/** A text as XML may have it. */
const textOf = (text: string): string =>
  plain(text)
    .toWellFormed()
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd');

/** Names that differ: lines of one name would be taken for one. */
function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}
