import { UsageError } from '../exitCodes.ts';
import { didYouMean } from '../suggest.ts';
import { plain } from './cells.ts';
import type { Column, Listing, OutputChoice } from './listing.ts';
import { tableLines } from './table.ts';

export type ShowOptions = {
  output: OutputChoice;
  width: number | null;
  color: boolean;
  print(line: string): void;
  drained(): Promise<void>;
  say(line: string): void;
};

/** Prints rows in the format that was asked for. @throws UsageError for a column that there is not. */
export async function show<Row extends object>(listing: Listing<Row>, options: ShowOptions): Promise<void> {
  const { output, print, drained } = options;
  const printEach = async (lineOf: (row: Row) => string) => {
    for await (const row of listing.rows) {
      print(lineOf(row));
      await drained();
    }
  };
  const columns = chooseColumns(listing, output);
  const textOf = (row: Row) => columns.map((column) => cell(column, row));
  switch (output.format) {
    case 'json': {
      const rows = await collect(listing.rows);
      print(JSON.stringify(listing.document ? listing.document(rows) : rows, null, 2));
      return;
    }
    case 'jsonl':
      return printEach((row) => JSON.stringify(row));
    case 'name':
      return printEach((row) => plain(listing.name(row)));
    case 'csv':
      if (output.header) print(columns.map(({ name }) => quoted(name)).join(','));
      return printEach((row) => textOf(row).map(quoted).join(','));
    case 'md': {
      const line = (cells: readonly string[]) => `| ${cells.map(escapedForMarkdown).join(' | ')} |`;
      if (output.header) {
        print(line(columns.map(({ name }) => name)));
        print(`| ${columns.map(({ right }) => (right ? '---:' : '---')).join(' | ')} |`);
      }
      return printEach((row) => line(textOf(row)));
    }
    case 'parquet':
      throw new UsageError('-o parquet is not made of rows');
    case 'table':
    case 'wide': {
      const rows = (await collect(listing.rows)).map((row) => ({ row, cells: textOf(row) }));
      if (rows.length === 0 && listing.empty !== undefined) options.say(listing.empty);
      else for (const line of tableLines(columns, rows, { ...options, header: output.header })) print(line);
      return;
    }
  }
}

function chooseColumns<Row extends object>({ columns }: Listing<Row>, output: OutputChoice): readonly Column<Row>[] {
  if (output.columns === undefined) {
    // What a program reads has all of them.
    return columns.filter(({ wide }) => !wide || output.format === 'wide' || output.format === 'csv');
  }
  return output.columns.map((name) => {
    const column = columns.find((each) => each.name === name) ?? byPath<Row>(name, { alone: columns.length === 0 });
    if (column !== undefined) return column;
    const known = columns.map((each) => each.name);
    throw new UsageError(
      `--columns: there is no ${JSON.stringify(name)}${didYouMean(name, known)}; there are ${known.join(', ')}, and paths of the JSON, as labels.run`,
    );
  });
}

/** A column of what stands in the JSON at a path: `labels.run`, `request.model_args.pretrained`. */
function byPath<Row extends object>(path: string, { alone }: { alone: boolean }): Column<Row> | undefined {
  const names = path.split('.');
  if ((names.length < 2 && !alone) || names.includes('')) return undefined;
  return {
    name: path,
    cut: true,
    of: (row) => {
      const value = names.reduce<unknown>(
        (at, name) =>
          typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? at[name as never] : undefined,
        row,
      );
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as string | undefined);
    },
  };
}

function cell<Row>({ of }: Column<Row>, row: Row): string {
  const value = of(row);
  return value === null || value === undefined ? '' : plain(String(value));
}

const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const escapedForMarkdown = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');

async function collect<Row>(rows: readonly Row[] | AsyncIterable<Row>): Promise<readonly Row[]> {
  if (Symbol.iterator in rows) return rows;
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
