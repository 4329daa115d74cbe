import { styleText } from 'node:util';
import { type Board, type BoardCell, type BoardRow, columnName } from '../../text/board.ts';
import { shortId } from '../../text/jobs.ts';
import { scoreText } from '../../text/scores.ts';
import { cutTo, plain, widthOf } from '../frame/output/cells.ts';

/** Behind the best of a column: a colour alone would not do. */
export const BEST = '*';
/** Behind a score of which a newer run has none. */
export const NEWER = '†';
const GAP = 2;
/** Scores of which a newer run has none that are named. */
const NAMED = 10;
/** Columns of a terminal below which a name is not cut. */
const LEAST = 8;

export type BoardOptions = {
  /** Columns of the terminal; null: any number. */
  width: number | null;
  color: boolean;
  header: boolean;
};

/** Lines of text, each with the colour that it has on a terminal. */
type Cell = { text: string; isBest?: boolean; isReason?: boolean };
type Block = { heads: string[]; cells: Cell[]; width: number; right: boolean };

/** A board as lines. What does not fit beside the names of the rows goes into blocks below, each with the names again. */
export function boardLines(board: Board, { width, color, header }: BoardOptions): string[] {
  const heads = board.columns.some(({ filter }) => filter !== null && filter !== 'none') ? 3 : 2;
  const names = nameBlocks(board.rows, heads, width);
  const scores = board.columns.map(({ task, metric, filter }, index): Block => {
    // Room for the marks is kept, so that digits stand below digits.
    const most = Math.max(2, ...board.rows.map((row) => marksOf(row.cells[index]).length));
    const cells = board.rows.map((row) => cellOf(row.cells[index], most));
    return block([task, metric ?? '', filter ?? ''].slice(0, heads), cells, true);
  });
  const room = width === null ? Number.POSITIVE_INFINITY : width - taken(names);
  const lines: string[] = [];
  for (let next = 0; next < scores.length || (scores.length === 0 && lines.length === 0); ) {
    const shown: Block[] = [];
    let left = room;
    do {
      const column = scores[next];
      if (column === undefined) break;
      shown.push({ ...column, width: Math.min(column.width, Math.max(LEAST, room - GAP)) });
      left -= column.width + GAP;
      next += 1;
    } while ((scores[next]?.width ?? 0) + GAP <= left);
    if (lines.length > 0) lines.push('');
    lines.push(...linesOf([...names, ...shown], { rows: board.rows.length, heads: header ? heads : 0, color }));
    if (shown.length === 0) break;
  }
  return lines;
}

/** A cell as text: `0.513 ±0.012 *`, or why there is none. */
export function cellText(cell: BoardCell): string {
  return cell.score === null ? plain(cell.reason) : scoreText(cell.score, ' ±') + marksOf(cell);
}

function marksOf(cell: BoardCell | undefined): string {
  if (cell === undefined || cell.score === null) return '';
  const marks = `${cell.is_best ? BEST : ''}${cell.newer ? NEWER : ''}`;
  return marks === '' ? '' : ` ${marks}`;
}

function cellOf(cell: BoardCell | undefined, marks: number): Cell {
  if (cell === undefined) return { text: '' };
  const text = cellText(cell) + ' '.repeat(marks - marksOf(cell).length);
  return cell.score === null ? { text, isReason: true } : { text, isBest: cell.is_best };
}

/** What the marks of a board say, and which columns have none, as lines. */
export function boardNotes({ columns, rows }: Board): string[] {
  const cells = rows.flatMap((row) => row.cells.map((cell, index) => ({ row, cell, column: columns[index] })));
  const newer = cells.flatMap(({ row, cell, column }) => {
    if (cell.score === null || cell.newer === null || column === undefined) return [];
    const name = [row.model, checkpointText(row.checkpoint)].filter(Boolean).join(' ');
    const { reason, job_id } = cell.newer;
    return [`${NEWER} ${name}, ${columnName(column)}: a newer run has no score: ${reason}, job ${shortId(job_id)}.`];
  });
  return [
    ...(cells.some(({ cell }) => cell.score !== null && cell.is_best)
      ? [`${BEST} best of its column; whether by more than chance, evald compare says.`]
      : []),
    ...newer.slice(0, NAMED),
    ...(newer.length > NAMED ? [`${NEWER} and ${newer.length - NAMED} more; -o csv has all of them.`] : []),
    ...columns.flatMap((column) =>
      column.unmarked === null || rows.length < 2 ? [] : [`No best of ${columnName(column)}: ${column.unmarked}.`],
    ),
  ].map(plain);
}

/** The last two parts of a path: what checkpoints differ in. */
export const checkpointText = (path: string | null): string =>
  path === null ? '' : path.split('/').filter(Boolean).slice(-2).join('/');

function nameBlocks(rows: readonly BoardRow[], heads: number, width: number | null): Block[] {
  const column = (name: string, of: (row: BoardRow) => string): Block[] => {
    const cells = rows.map((row) => ({ text: plain(of(row)) }));
    if (name !== 'model' && cells.every(({ text }) => text === '')) return [];
    return [block([name, '', ''].slice(0, heads), cells, false)];
  };
  const blocks = [
    ...column('id', ({ job_id }) => job_id?.slice(0, 8) ?? ''),
    ...column('model', ({ model, imported }) => model + (imported ? ' (imported)' : '')),
    ...column('checkpoint', ({ checkpoint }) => checkpointText(checkpoint)),
    ...column('run', ({ run }) => run ?? ''),
    ...column('step', ({ step }) => (step === null ? '' : String(step))),
  ];
  // Half of the terminal is for scores.
  const most = width === null ? Number.POSITIVE_INFINITY : Math.floor(width / 2);
  while (taken(blocks) > most) {
    const widest = blocks.reduce((a, b) => (b.width > a.width ? b : a));
    if (widest.width <= LEAST) break;
    widest.width -= 1;
  }
  return blocks;
}

function block(heads: string[], cells: Cell[], right: boolean): Block {
  const texts = [...heads.map(plain), ...cells.map(({ text }) => text)];
  return { heads: heads.map(plain), cells, right, width: Math.max(...texts.map(widthOf)) };
}

const taken = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { width }) => sum + width, 0) + GAP * Math.max(0, blocks.length - 1);

type LinesOptions = { rows: number; heads: number; color: boolean };

function linesOf(blocks: readonly Block[], { rows, heads, color }: LinesOptions): string[] {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const line = (of: (block: Block) => Cell & { isHead?: true }) =>
    blocks
      .map((each) => {
        const cell = of(each);
        const text = cutTo(cell.text, each.width);
        const blank = ' '.repeat(Math.max(0, each.width - widthOf(text)));
        const painted = cell.isHead || cell.isReason ? paint('dim', text) : cell.isBest ? paint('bold', text) : text;
        return each.right ? blank + painted : painted + blank;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return [
    ...Array.from({ length: heads }, (_, at) => line(({ heads: own }) => ({ text: own[at] ?? '', isHead: true }))),
    ...Array.from({ length: rows }, (_, at) => line(({ cells }) => cells[at] ?? { text: '' })),
  ];
}
