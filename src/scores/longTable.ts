import type { RawJson } from '../schemas/results/exactNumber.ts';
import type { exportFormats, Score } from '../schemas/scores/score.ts';

type Cell = string | number | boolean | RawJson | null;

/** The columns of the long table, in order, and what of a score each has. */
const cells = {
  run: ({ run }) => run,
  step: ({ step }) => step,
  task: ({ task }) => task,
  metric: ({ metric }) => metric,
  filter: ({ filter }) => filter,
  value: ({ value }) => value,
  stderr: ({ stderr }) => stderr,
  n: ({ n }) => n,
  higher_is_better: ({ higher_is_better }) => higher_is_better,
  job: ({ job_id }) => job_id,
  harness: ({ harness }) => harness,
  harness_version: ({ harness_version }) => harness_version,
  task_version: ({ task_version }) => task_version,
  model: ({ model }) => model,
  checkpoint: ({ checkpoint }) => checkpoint,
  is_group: ({ is_group }) => is_group,
  imported: ({ imported }) => imported,
  num_fewshot: ({ num_fewshot }) => num_fewshot,
  git_hash: ({ git_hash }) => git_hash,
  num_gpus: ({ num_gpus }) => num_gpus,
  seed: ({ seed }) => seed,
  completed_at: ({ completed_at }) => completed_at,
} satisfies Record<string, (score: Score) => Cell>;

export type Column = keyof typeof cells;
export const columns = Object.keys(cells) as Column[];

/** A row of the long table: a score, with every column. Null: unknown, or none. */
export type LongRow = { [Name in Column]: ReturnType<(typeof cells)[Name]> };

/** The row of a score. Nothing of it is changed or rounded. */
export const longRow = (score: Score): LongRow =>
  Object.fromEntries(columns.map((name) => [name, cells[name](score)])) as LongRow;

/** Writes a long table from its first row to its last, so that no more of it is in memory than some rows. */
export type TableWriter = {
  /** What comes before all rows. */
  head(): string | Uint8Array;
  /** Some rows, in order. */
  rows(scores: readonly Score[]): string | Uint8Array;
  /** What comes after the last one. */
  tail(): string | Uint8Array;
};

export type ExportFormat = (typeof exportFormats)[number];

/** The kind of document of each format, as `Content-Type` names it. */
export const mediaTypes = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const satisfies Record<ExportFormat, string>;

/** Makes what writes a long table. What writes Parquet is loaded only when it is asked for. */
export async function createTableWriter(format: ExportFormat): Promise<TableWriter> {
  switch (format) {
    case 'csv':
      return csvWriter();
    case 'json':
      return jsonWriter();
    case 'md':
      return markdownWriter();
    case 'parquet':
      return (await import('./parquet.ts')).createParquetWriter();
  }
}

/**
 * As RFC 4180 has it, with a header. An unknown value is an empty field, an empty text a pair of quotes; a number stands as the
 * harness wrote it. Texts are not changed, also those that a spreadsheet would take for a formula (`=…`): what reads the table
 * has to get what is in it.
 */
function csvWriter(): TableWriter {
  const line = (fields: readonly string[]) => `${fields.join(',')}\r\n`;
  return {
    head: () => line(columns),
    rows: (scores) => scores.map((score) => line(valuesOf(score).map(csvField))).join(''),
    tail: () => '',
  };
}

function csvField(cell: Cell): string {
  if (cell === null) return '';
  const text = textOf(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A list of objects, one a line. */
function jsonWriter(): TableWriter {
  let isFirst = true;
  return {
    head: () => '[\n',
    rows: (scores) => {
      const lines = scores.map((score) => JSON.stringify(longRow(score))).join(',\n');
      const before = isFirst || lines === '' ? '' : ',\n';
      isFirst &&= lines === '';
      return before + lines;
    },
    tail: () => '\n]\n',
  };
}

/** A table of GitHub's Markdown; an unknown value is an empty cell. */
function markdownWriter(): TableWriter {
  const line = (fields: readonly string[]) => `| ${fields.join(' | ')} |\n`;
  const numbers: readonly Column[] = ['step', 'value', 'stderr', 'n', 'num_fewshot', 'num_gpus'];
  return {
    head: () => line(columns) + line(columns.map((name) => (numbers.includes(name) ? '--:' : '---'))),
    rows: (scores) => scores.map((score) => line(valuesOf(score).map(markdownCell))).join(''),
    tail: () => '',
  };
}

/** One line, that is neither HTML nor the end of a cell. */
const markdownCell = (cell: Cell): string =>
  cell === null
    ? ''
    : textOf(cell)
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll(/[\\|`*_~[\]]/g, '\\$&')
        .replaceAll(/[\r\n]+/g, ' ');

const valuesOf = (score: Score): Cell[] => columns.map((name) => cells[name](score));

/** A number as JSON has it. */
const textOf = (cell: NonNullable<Cell>): string => (typeof cell === 'object' ? cell.rawJSON : String(cell));
