import { allDigits } from '../../schemas/results/exactNumber.ts';
import { type Board, type BoardCell, type BoardRow, cellNote, columnName } from '../../text/board.ts';
import type { Column } from '../frame/output/listing.ts';
import { cellText } from './boardLines.ts';

/** A board as columns of a table: for Markdown a cell as it is shown, for programs value, standard error and note of each. */
export function boardColumns({ columns }: Board, isExact: boolean): Column<BoardRow>[] {
  const names: Column<BoardRow>[] = [
    { name: 'model', of: ({ model }) => model },
    { name: 'checkpoint', of: ({ checkpoint }) => checkpoint },
    { name: 'imported', of: ({ imported }) => imported },
    { name: 'run', of: ({ run }) => run },
    { name: 'step', of: ({ step }) => step, right: true },
    { name: 'job_id', of: ({ job_id }) => job_id },
  ];
  const cellOf = (row: BoardRow, index: number): BoardCell | undefined => row.cells[index];
  return [
    ...names,
    ...columns.flatMap((column, index): Column<BoardRow>[] => {
      const name = columnName(column);
      const score = (row: BoardRow) => cellOf(row, index)?.score ?? null;
      if (!isExact) {
        return [{ name, of: (row) => textOf(cellOf(row, index)), right: true }];
      }
      return [
        { name, of: (row) => allDigits(score(row)?.value ?? null), right: true },
        { name: `${name} stderr`, of: (row) => allDigits(score(row)?.stderr ?? null), right: true },
        { name: `${name} note`, of: (row) => noteOf(cellOf(row, index)) },
      ];
    }),
  ];
}

const textOf = (cell: BoardCell | undefined): string => (cell === undefined ? '' : cellText(cell));

const noteOf = (cell: BoardCell | undefined): string => (cell === undefined ? '' : cellNote(cell));
