import type { Figures, Subject } from '../figures.ts';
import type { Row } from './rows.ts';

export type Column = { name: string; subject: Subject };

/** Which subjects a table shows: one of evald, and what it stands beside. */
export type Columns = {
  lead: Column;
  beside: readonly Column[];
  /** The head of a column that compares the first with another one. */
  ratio(name: string): string;
};

const evald: Column = { name: 'evald', subject: 'evald' };
const quotient = (name: string) => `evald ÷ ${name}`;

/** The table of requests, runs, memory and starts. */
export const originalAndBare: Columns = {
  lead: evald,
  beside: [
    { name: 'original', subject: 'original' },
    { name: 'bare', subject: 'ceiling' },
  ],
  ratio: quotient,
};

/** The table of submissions. */
export const otherQueues: Columns = {
  lead: evald,
  beside: [
    { name: 'BullMQ', subject: 'bullmq' },
    { name: 'pg-boss', subject: 'pgBoss' },
  ],
  ratio: quotient,
};

/** The table of evaluations. */
export const evaluations: Columns = {
  lead: { name: 'evald, warm', subject: 'evaldWarm' },
  beside: [
    { name: 'evald, cold', subject: 'evaldCold' },
    { name: 'original', subject: 'original' },
    { name: 'by hand', subject: 'ceiling' },
  ],
  ratio: (name) => `warm: × ${name.replace('evald, ', '')}`,
};

/** The table as cells, the head first. What was not measured is a dash. */
export function tableOf(rows: readonly Row[], figures: Figures, columns = originalAndBare): string[][] {
  const { lead, beside, ratio } = columns;
  const measured = rows.filter(({ figure }) => figures.values[figure] !== undefined);
  const names = beside.map(({ name }) => name);
  const head = ['figure', 'unit', lead.name, ...names, ...names.map(ratio), 'aim', 'met'];
  return [head, ...measured.map((row) => cellsOf(row, figures, columns))];
}

function cellsOf(row: Row, figures: Figures, { lead, beside }: Columns): string[] {
  const { title, unit, figure, ceiling = figure, isLessBetter, isOwn, isRange, aim, met } = row;
  const of = ({ subject }: Column) => [subject === 'ceiling' ? ceiling : figure, subject] as const;
  const value = (column: Column) => (isRange ? range(figures, ...of(column)) : shown(figures.of(...of(column))));
  const ratio = (column: Column) => {
    if (isRange || isOwn) return '';
    return shown(isLessBetter ? figures.ratio(of(column), of(lead)) : figures.ratio(of(lead), of(column)));
  };
  const isMet = met?.(figures);
  return [
    title,
    unit,
    value(lead),
    ...beside.map(value),
    ...beside.map(ratio),
    aim ?? '',
    aim === undefined ? '' : isMet === undefined ? '?' : isMet ? 'yes' : 'no',
  ];
}

function range(figures: Figures, figure: string, subject: Subject): string {
  const values = figures.values[figure]?.[subject] ?? [];
  return values.length === 0 ? '–' : `${shown(Math.min(...values))} – ${shown(Math.max(...values))}`;
}

function shown(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Whether a column of a table with so many has numbers: all but title and unit, aim and whether it is met. */
const isNumber = (column: number, columns: number) => column > 1 && column < columns - 2;

/** For a terminal. */
export function alignedTable(cells: readonly string[][]): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      isNumber(column, row.length) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
  return cells.map((row) => line(row).join('  ').trimEnd()).join('\n');
}

/** For a README. */
export function markdownTable([head = [], ...rows]: readonly string[][]): string {
  const rule = head.map((_, column) => (isNumber(column, head.length) ? '---:' : '---'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
