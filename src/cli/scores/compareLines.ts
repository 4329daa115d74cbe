import { styleText } from 'node:util';
import type { Comparison, TaskComparison } from '../../schemas/scores/comparison.ts';
import {
  differenceText,
  digits,
  flipsText,
  intervalText,
  onlyName,
  pText,
  scoreName,
  verdictText,
} from '../../text/comparison.ts';
import { shortId } from '../../text/jobs.ts';
import { scoreText } from '../../text/scores.ts';
import { ago } from '../../text/times.ts';
import { plain, widthOf } from '../frame/output/cells.ts';
import type { Column } from '../frame/output/listing.ts';
import { tableLines } from '../frame/output/table.ts';
import { checkpointText } from './boardLines.ts';
import { shownColumns, verdictColor } from './compareColumns.ts';
import { flipLines } from './flipLines.ts';
import { wrapText } from './wrap.ts';

export type CompareOptions = {
  /** Columns of the terminal; null: any number. */
  width: number | null;
  color: boolean;
  header: boolean;
  /** Samples that went up or down which are listed, at most, of each score. */
  flips: number;
};

/** A comparison as lines: both runs, what differs in how they were made, each score, what weakens it. */
export function compareLines(comparison: Comparison, options: CompareOptions): string[] {
  const { comparisons, configuration, groups, only_a, only_b, warnings } = comparison;
  const { width, flips } = options;
  const said = (text: string) => wrapText(plain(text), width, '  ');
  const notes = [
    ...configuration.map(
      ({ task, field, a, b }) => `differs: ${task === null ? '' : `${task} `}${field}: ${a ?? 'none'} → ${b ?? 'none'}`,
    ),
    ...comparisons.flatMap((one) => notesOf(one)),
    ...groups.map(({ group, members }) => `${group} is a group: its members are compared (${members.join(', ')})`),
    ...only_a.map((name) => `only the baseline has ${onlyName(name)}`),
    ...only_b.map((name) => `only the candidate has ${onlyName(name)}`),
    ...warnings,
  ];
  return [
    ...headLines(comparison, width),
    '',
    ...(comparisons.length === 0 ? ['There is no score that both have.'] : scoreLines(comparisons, options)),
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap(said)]),
    ...(flips === 0 ? [] : comparisons.flatMap((one) => flipLines(comparison, one, { width, most: flips }))),
  ];
}

type Side = Comparison['a'];

function headLines({ a, b }: Comparison, width: number | null): string[] {
  const rows = [
    { name: 'baseline', side: a },
    { name: 'candidate', side: b },
  ];
  const columns: Column<{ name: string; side: Side }>[] = [
    { name: '', of: ({ name }) => name },
    { name: '', of: ({ side }) => shortId(side.job_id) },
    { name: '', of: ({ side }) => side.model + (side.imported ? ' (imported)' : ''), cut: true },
    { name: '', of: ({ side }) => checkpointText(side.checkpoint), cut: true },
    {
      name: '',
      of: ({ side: { run, step } }) =>
        [...(run === null ? [] : [`run=${run}`]), ...(step === null ? [] : [`step=${step}`])].join(' '),
      cut: true,
    },
    { name: '', of: ({ side }) => ago(side.completed_at), right: true },
  ];
  const textOf = (column: (typeof columns)[number], row: (typeof rows)[number]) => plain(String(column.of(row) ?? ''));
  const used = columns.filter((column) => rows.some((row) => textOf(column, row) !== ''));
  return tableLines(
    used,
    rows.map((row) => ({ row, cells: used.map((column) => textOf(column, row)) })),
    { header: false, width, color: false },
  );
}

/** A table where there is room for it, else a few lines a score. */
function scoreLines(comparisons: readonly TaskComparison[], { width, color, header }: CompareOptions): string[] {
  const columns = shownColumns(comparisons.some(({ filter }) => filter !== 'none'));
  const rows = comparisons.map((row) => ({
    row,
    cells: columns.map((column) => plain(String(column.of(row) ?? ''))),
  }));
  const lines = tableLines(columns, rows, { header, width: null, color: false });
  if (width === null || lines.every((line) => widthOf(line) <= width)) {
    return color ? tableLines(columns, rows, { header, width: null, color }) : lines;
  }
  return comparisons.flatMap((one) => {
    const { a, b, interval, p_adjusted, detectable, flips, n_paired, verdict } = one;
    const parts = [
      `${scoreText(a, ' ±')} → ${scoreText(b, ' ±')}`,
      `${differenceText(one)} ${intervalText(interval)}`.trim(),
      ...(p_adjusted === null ? [] : [`p ${pText(p_adjusted)}`]),
      ...(detectable === null ? [] : [`detects ${digits(detectable)}`]),
      ...(flips === null ? [] : [`flips ${flipsText(flips)} of ${n_paired ?? '?'}`]),
    ];
    const style = color ? verdictColor(one) : undefined;
    const text = verdictText(verdict);
    const [first = '', ...rest] = wrapText(`${text}  ${plain(scoreName(one))}`, width, '  ');
    const head =
      style === undefined ? first : styleText(style, text, { validateStream: false }) + first.slice(text.length);
    return [head, ...rest, ...packed(parts, width)];
  });
}

/** Parts side by side, as many as a line has room for. */
function packed(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(part) <= width) lines[lines.length - 1] = `${last}   ${part}`;
    else lines.push(`    ${part}`);
  }
  return lines;
}

function notesOf(one: TaskComparison): string[] {
  const { reason, missing, warnings, n_a, n_b } = one;
  const name = scoreName(one);
  const absent = missing === null ? 0 : missing.a + missing.b;
  return [
    ...(reason === null ? [] : [`${name}: ${reason}`]),
    ...(missing === null || absent === 0
      ? []
      : [
          `${name}: without a value are ${missing.a} samples of the baseline (of ${n_a === null ? '?' : n_a + missing.a}) and ${missing.b} of the candidate (of ${n_b === null ? '?' : n_b + missing.b})${missing.bounds === null ? '' : `; as bad or as good as they could be, the difference is in ${intervalText(missing.bounds)}`}`,
        ]),
    ...warnings.map((warning) => `${name}: ${warning}`),
  ];
}
