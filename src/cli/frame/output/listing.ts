/** The formats of -o. */
export const formats = ['table', 'wide', 'json', 'jsonl', 'csv', 'md', 'name'] as const;
/** With those of which the server has the bytes: only where a verb says so. */
export const allFormats = [...formats, 'parquet'] as const;

export type Format = (typeof allFormats)[number];

/** What was said of the output. */
export type OutputChoice = { format: Format; columns: readonly string[] | undefined; header: boolean };

/** A column of a table. */
export type Column<Row> = {
  /** Its head, and its name in --columns. */
  name: string;
  /** What stands in it; null and undefined are empty. */
  of(row: Row): string | number | boolean | null | undefined;
  /** Only with -o wide, and by its name. */
  wide?: true;
  /** Numbers stand at the right. */
  right?: true;
  /** May be cut where the terminal is narrow. Others stay whole. */
  cut?: true;
  /** The colour of a cell, on a terminal. */
  color?(row: Row): Color | undefined;
};

/** Colours that can be read on dark and on light; what they say, a text beside them says too. */
export type Color = 'red' | 'green' | 'magenta' | 'cyan' | 'bold';

/** Rows to be printed. */
export type Listing<Row extends object> = {
  /** All rows, or as they come: then the formats that need not wait for the last one do not. */
  rows: readonly Row[] | AsyncIterable<Row>;
  columns: readonly Column<Row>[];
  /** For -o name: what names a row. */
  name(row: Row): string;
  /** For -o json: the document as the API has it; the rows as a list if left out. */
  document?(rows: readonly Row[]): unknown;
  /** For tables: what is said instead of one without rows, on standard error. */
  empty?: string;
};
