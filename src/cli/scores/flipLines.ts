import type { Comparison, TaskComparison } from '../../schemas/scores/comparison.ts';
import { scoreName } from '../../text/comparison.ts';
import { shortId } from '../../text/jobs.ts';
import { plain } from '../frame/output/cells.ts';
import type { Column } from '../frame/output/listing.ts';
import { tableLines } from '../frame/output/table.ts';
import { wrapText } from './wrap.ts';

type Flip = NonNullable<TaskComparison['flips']>['samples'][number];

const columns: readonly Column<Flip>[] = [
  { name: 'sample', of: ({ doc_id }) => doc_id, cut: true },
  { name: 'baseline', of: ({ value_a }) => number(value_a), right: true },
  { name: 'candidate', of: ({ value_b }) => number(value_b), right: true },
  { name: 'offset', of: ({ index_a }) => index_a, right: true },
  { name: 'candidate offset', of: ({ index_b }) => index_b, right: true },
];

/** The samples of a score that went up or down, the largest change first, and the commands that show one of them. */
export function flipLines(
  { a, b }: Pick<Comparison, 'a' | 'b'>,
  comparison: TaskComparison,
  { width, most }: { width: number | null; most: number },
): string[] {
  const { flips, task } = comparison;
  if (flips === null || flips.samples.length === 0) return [];
  const samples = flips.samples.slice(0, most);
  const all = flips.better + flips.worse;
  const rows = samples.map((row) => ({ row, cells: columns.map(({ of }) => plain(String(of(row)))) }));
  const first = samples[0];
  const command = (id: string, offset: number | undefined) =>
    `  evald samples ${shortId(id)} ${shellText(plain(task))} --offset ${offset} -n 1`;
  return [
    '',
    ...wrapText(`${plain(scoreName(comparison))}: ${samples.length} of ${all} samples that differ`, width, '  '),
    ...tableLines(columns, rows, { header: true, width, color: false }),
    command(a.job_id, first?.index_a),
    command(b.job_id, first?.index_b),
  ];
}

/** Scores of samples are mostly 0 and 1. */
const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(3));

/** A text as a shell takes it. */
const shellText = (text: string): string => (/^[\w./@:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
