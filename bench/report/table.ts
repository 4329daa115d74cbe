import type { Figures, Subject } from '../figures.ts';
import type { Row } from './rows.ts';

/** What evald stands beside in a table: its name there, and what was measured of it. */
export type Beside = readonly { name: string; subject: Subject }[];

/** The table of everything. */
export const originalAndBare: Beside = [
  { name: 'original', subject: 'original' },
  { name: 'bare', subject: 'ceiling' },
];

/** The table of submissions. */
export const otherQueues: Beside = [
  { name: 'BullMQ', subject: 'bullmq' },
  { name: 'pg-boss', subject: 'pgBoss' },
];

/** The table as cells, the head first. What was not measured is a dash. */
export function tableOf(rows: readonly Row[], figures: Figures, beside = originalAndBare): string[][] {
  const measured = rows.filter(({ figure }) => figures.values[figure] !== undefined);
  const names = beside.map(({ name }) => name);
  const head = ['figure', 'unit', 'evald', ...names, ...names.map((name) => `evald ÷ ${name}`), 'aim', 'met'];
  return [head, ...measured.map((row) => cellsOf(row, figures, beside))];
}

function cellsOf({ title, unit, figure, ceiling = figure, aim, met }: Row, figures: Figures, beside: Beside): string[] {
  const of = (subject: Subject) => (subject === 'ceiling' ? ceiling : figure);
  const value = (subject: Subject) => shown(figures.of(of(subject), subject));
  const isMet = met?.(figures);
  return [
    title,
    unit,
    value('evald'),
    ...beside.map(({ subject }) => value(subject)),
    ...beside.map(({ subject }) => shown(figures.ratio([figure, 'evald'], [of(subject), subject]))),
    aim ?? '',
    aim === undefined ? '' : isMet === undefined ? '?' : isMet ? 'yes' : 'no',
  ];
}

function shown(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** For a terminal. */
export function alignedTable(cells: readonly string[][]): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => column > 1 && column < 7;
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
  return cells.map((row) => line(row).join('  ').trimEnd()).join('\n');
}

/** For a README. */
export function markdownTable([head = [], ...rows]: readonly string[][]): string {
  const rule = head.map((_, column) => (column > 1 && column < 7 ? '---:' : '---'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
