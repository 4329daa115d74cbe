import { styleText } from 'node:util';
import { cutTo, widthOf } from './cells.ts';
import type { Column } from './listing.ts';

/** Columns below which no cell is cut. */
const LEAST = 8;
const GAP = '  ';

export type TableOptions = {
  header: boolean;
  /** Columns of the terminal; null: any number. */
  width: number | null;
  color: boolean;
};

/** Rows as lines of a table, in columns of equal width. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly { row: Row; cells: readonly string[] }[],
  { header, width, color }: TableOptions,
): string[] {
  const heads = columns.map(({ name }) => name.toUpperCase());
  const all = [...(header ? [heads] : []), ...rows.map(({ cells }) => cells)];
  const widths = fitted(
    columns,
    columns.map((_, index) => Math.max(0, ...all.map((cells) => widthOf(cells[index] ?? '')))),
    width,
  );
  const line = (cells: readonly string[], paint: (text: string, index: number) => string) => {
    const parts = cells.map((cell, index) => {
      const text = cutTo(cell, widths[index] ?? 0);
      const blank = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(text)));
      const painted = paint(text, index);
      if (columns[index]?.right) return blank + painted;
      return index === cells.length - 1 ? painted : painted + blank;
    });
    return parts.join(GAP).trimEnd();
  };
  const painted = (row: Row) => (text: string, index: number) => {
    const name = color ? columns[index]?.color?.(row) : undefined;
    return name === undefined ? text : styleText(name, text, { validateStream: false });
  };
  const dim = (text: string) => (color ? styleText('dim', text, { validateStream: false }) : text);
  return [...(header ? [line(heads, dim)] : []), ...rows.map(({ row, cells }) => line(cells, painted(row)))];
}

/** Takes from the widest of the columns that may be cut, until the line fits. */
function fitted<Row>(columns: readonly Column<Row>[], wanted: readonly number[], width: number | null): number[] {
  const widths = [...wanted];
  if (width === null) return widths;
  let over = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width;
  while (over > 0) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      if (column.cut && (widths[index] ?? 0) > Math.max(LEAST, widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}
