import { allDigits, type RawJson } from '../../schemas/results/exactNumber.ts';
import type { ScoreLine } from '../../text/scoreLines.ts';
import type { Column } from '../frame/output/listing.ts';

/** A point of a plot, or what is missing: for programs. */
export type PlotRow = {
  line: string;
  x: number | null;
  value: number | RawJson | null;
  stderr: number | RawJson | null;
  low: number | null;
  high: number | null;
  n: number | null;
  job_id: string;
  /** Why there is no value; null where there is one. */
  reason: string | null;
};

/** What a plot shows as rows: each line in the order of its axis, with what is missing where it is missing. */
export const plotRows = (lines: readonly ScoreLine[]): PlotRow[] =>
  lines.flatMap(({ name: line, points, gaps }) => {
    const none = { value: null, stderr: null, low: null, high: null, n: null };
    const rows = [
      ...points.map(({ x, interval, score }): PlotRow => {
        const { value, stderr, n, job_id } = score;
        return {
          line,
          x,
          value,
          stderr,
          low: interval?.[0] ?? null,
          high: interval?.[1] ?? null,
          n,
          job_id,
          reason: null,
        };
      }),
      ...gaps.map(({ x, reason, job_id }): PlotRow => ({ line, x, ...none, job_id, reason })),
    ];
    const last = Number.POSITIVE_INFINITY;
    return rows.sort((a, b) => (a.x ?? last) - (b.x ?? last) || 0);
  });

export const plotColumns: readonly Column<PlotRow>[] = [
  { name: 'line', of: ({ line }) => line, cut: true },
  { name: 'x', of: ({ x }) => x, right: true },
  { name: 'value', of: ({ value }) => allDigits(value), right: true },
  { name: 'stderr', of: ({ stderr }) => allDigits(stderr), right: true },
  { name: 'low', of: ({ low }) => low, right: true },
  { name: 'high', of: ({ high }) => high, right: true },
  { name: 'n', of: ({ n }) => n, right: true },
  { name: 'job_id', of: ({ job_id }) => job_id },
  { name: 'reason', of: ({ reason }) => reason, cut: true },
];
