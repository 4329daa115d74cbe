import type { Figures, Subject } from '../figures.ts';
import type { Row } from './rows.ts';

const HEAD = ['figure', 'unit', 'evald', 'original', 'bare', 'evald ÷ original', 'evald ÷ bare', 'aim', 'met'];

/** The table as cells, the head first. What was not measured is a dash. */
export function tableOf(rows: readonly Row[], figures: Figures): string[][] {
  const measured = rows.filter(({ figure }) => figures.values[figure] !== undefined);
  return [HEAD, ...measured.map((row) => cellsOf(row, figures))];
}

function cellsOf({ title, unit, figure, ceiling = figure, aim, met }: Row, figures: Figures): string[] {
  const value = (subject: Subject) => shown(figures.of(subject === 'ceiling' ? ceiling : figure, subject));
  const isMet = met?.(figures);
  return [
    title,
    unit,
    value('evald'),
    value('original'),
    value('ceiling'),
    shown(figures.ratio([figure, 'evald'], [figure, 'original'])),
    shown(figures.ratio([figure, 'evald'], [ceiling, 'ceiling'])),
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
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
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
