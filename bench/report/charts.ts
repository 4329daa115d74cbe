import { writeFile } from 'node:fs/promises';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Figures } from '../figures.ts';
import type { Plan } from '../plan.ts';

const names = { evald: 'evald, durable', original: 'the original, in memory', ceiling: 'bare Hono' } as const;
const colours = { domain: Object.values(names), range: ['#0a7d5a', '#c2410c', '#8a8f98'] };

const AHEAD = 'jobs that wait';

type Point = { depth: string; subject: string; value: number };

/** Draws throughput and latency of GET /jobs/{id} against the number of jobs that wait. */
export async function drawCharts(plan: Plan, figures: Figures, folder: string): Promise<void> {
  const throughput = pointsOf(plan, figures, 'perSecond');
  const latency = pointsOf(plan, figures, 'p99');
  await writeFile(`${folder}/throughput.svg`, chart(throughput, 'GET /jobs/{id}: answers a second, 64 connections'));
  await writeFile(
    `${folder}/latency.svg`,
    chart(latency, 'GET /jobs/{id}: 99 of 100 within milliseconds, 64 connections'),
  );
}

function pointsOf({ depths }: Plan, figures: Figures, what: string): Point[] {
  const subjects = Object.keys(names) as (keyof typeof names)[];
  return subjects.flatMap((subject) =>
    depths.flatMap((depth) => {
      const value = figures.of(`job.${depth}.${what}`, subject);
      return value === undefined ? [] : { depth: depth.toLocaleString('en'), subject: names[subject], value };
    }),
  );
}

function chart(points: Point[], label: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const depths = [...new Set(points.map(({ depth }) => depth))];
  const last = points.filter(
    ({ subject }, index) => points.findLastIndex((point) => point.subject === subject) === index,
  );
  const marks = { x: 'depth', y: 'value', stroke: 'subject' } as const;
  const svg = Plot.plot({
    // The part of a DOM that Plot uses.
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    width: 760,
    height: 420,
    marginLeft: 64,
    marginRight: 150,
    marginTop: 36,
    marginBottom: 52,
    insetBottom: 12,
    style: { background: 'white', color: '#1f2328', fontSize: '12px' },
    x: { type: 'point', domain: depths, label: AHEAD, labelOffset: 44 },
    y: { type: 'log', label, grid: true, tickFormat: (value: number) => value.toLocaleString('en') },
    color: colours,
    marks: [
      Plot.line(points, { ...marks, strokeWidth: 2 }),
      Plot.dot(points, { ...marks, fill: 'subject', r: 3 }),
      Plot.text(last, { x: 'depth', y: 'value', text: 'subject', fill: 'subject', textAnchor: 'start', dx: 10 }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${label}, against ${AHEAD}`);
  return `${svg.outerHTML}\n`;
}
