import { expect, test } from 'vitest';
import { cellOf, columnKey, makeBoard, sortRows } from '../../src/dashboard/views/leaderboard/board.ts';
import type { MissingScore, Score } from '../../src/schemas/scores/score.ts';
import { madeId, madeMissing, madeScore } from '../support/scores/madeScores.ts';

const of = (model: string, value: number, more: Partial<Score> = {}) =>
  madeScore({ model, checkpoint: null, value, job_id: madeId(Math.round(value * 1_000)), ...more });

const board = (scores: Score[], missing: MissingScore[] = [], areAllRuns = false, withEmpty = false) =>
  makeBoard({ scores, missing }, areAllRuns, withEmpty);

/** What the cells of a board show: value, `*` for the best, or the reason. */
const cells = ({ rows, columns }: ReturnType<typeof board>) =>
  Object.fromEntries(
    rows.map((row) => [
      row.name,
      columns.map((column) => {
        const cell = cellOf(row, column);
        return cell.score === null ? cell.reason : `${String(cell.score.value)}${cell.isBest ? '*' : ''}`;
      }),
    ]),
  );

test('the best of a column goes by its direction, equal ones are all the best, and without a direction there is none', () => {
  const lower = { task: 'wer', higher_is_better: false };
  const unknown = { task: 'x', higher_is_better: null };
  const made = board([
    ...[of('a', 0.5), of('b', 0.7), of('c', 0.7)],
    ...[of('a', 0.1, lower), of('b', 0.2, lower), of('a', 0.3, unknown), of('b', 0.4, unknown)],
  ]);
  expect(cells(made)).toEqual({
    c: ['0.7*', 'not asked', 'not asked'],
    b: ['0.7*', '0.2', '0.4'],
    a: ['0.5', '0.1*', '0.3'],
  });
});

test('one value alone is not called the best', () => {
  expect(cells(board([of('a', 0.5)]))).toEqual({ a: ['0.5'] });
});

test('of several of one model and checkpoint the newest counts, and with all runs each job has a row', () => {
  const scores = [of('a', 0.5), of('b', 0.6), of('a', 0.4)];
  expect(cells(board(scores))).toEqual({ a: ['0.4'], b: ['0.6*'] });
  expect(board(scores, [], true).rows.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
});

test('an empty cell says why: why the job has none, that the task was not asked, or that this metric was not measured', () => {
  const failed = madeMissing({ model: 'b', checkpoint: null, task: 'mmmu' });
  const made = board(
    [of('a', 0.5), of('a', 0.6, { metric: 'f1' }), of('b', 0.1, { task: 'other' }), of('c', 0.2)],
    [failed],
  );
  expect(cells(made)).toEqual({
    c: ['0.2', 'not measured', 'not asked'],
    b: ['failed (timedOut)', 'failed (timedOut)', '0.1'],
    a: ['0.5*', '0.6', 'not asked'],
  });
});

test('a checkpoint that has no score at all is shown when that is asked for', () => {
  const failed = madeMissing({ model: 'b', checkpoint: null, task: 'mmmu' });
  expect(board([of('a', 0.5)], [failed]).rows).toHaveLength(1);
  expect(cells(board([of('a', 0.5)], [failed], false, true))).toEqual({ a: ['0.5'], b: ['failed (timedOut)'] });
});

test('rows are sorted by a column in both directions, and those without a score stay last', () => {
  const scores = [of('a', 0.5), of('b', 0.7), of('c', 0.1, { task: 'other' }), of('d', 0.6)];
  const { rows } = board(scores);
  const by = columnKey(of('a', 0.5));
  const names = (isDescending: boolean) => sortRows(rows, { by, isDescending }).map(({ name }) => name);
  expect(names(true)).toEqual(['b', 'd', 'a', 'c']);
  expect(names(false)).toEqual(['a', 'd', 'b', 'c']);
});
