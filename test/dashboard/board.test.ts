import { expect, test } from 'vitest';
import { shownBoard, sortRows } from '../../src/dashboard/views/leaderboard/board.ts';
import { boardLines } from '../../src/dashboard/views/leaderboard/boardLines.ts';
import type { MissingScore, Score } from '../../src/schemas/scores/score.ts';
import { columnKey, makeBoard } from '../../src/text/board.ts';
import { madeId, madeMissing, madeScore } from '../support/scores/madeScores.ts';

const of = (model: string, value: number, more: Partial<Score> = {}) =>
  madeScore({
    ...{ model, checkpoint: null, value, job_id: madeId(Math.round(value * 1_000)) },
    ...{ completed_at: new Date(Date.UTC(2026, 10, 1) + value * 1_000_000).toISOString(), ...more },
  });

const board = (scores: Score[], missing: MissingScore[] = [], areAllRuns = false, withEmpty = false) =>
  shownBoard(makeBoard(scores, missing, areAllRuns), withEmpty);

const names = ({ rows }: Pick<ReturnType<typeof board>, 'rows'>) => rows.map(({ model }) => model);

test('rows are in the order of their newest scores, the newest first', () => {
  expect(names(board([of('a', 0.1), of('b', 0.2), of('c', 0.3), of('a', 0.4, { task: 'other' })]))).toEqual([
    'a',
    'c',
    'b',
  ]);
});

test('a checkpoint and a task that have no score at all are shown when that is asked for', () => {
  const failed = madeMissing({ model: 'b', checkpoint: null, task: 'other' });
  const without = board([of('a', 0.5)], [failed]);
  expect([names(without), without.columns.map(({ task }) => task)]).toEqual([['a'], ['mmmu']]);
  const made = board([of('a', 0.5)], [failed], false, true);
  expect([names(made), made.columns.map(({ task }) => task)]).toEqual([
    ['a', 'b'],
    ['mmmu', 'other'],
  ]);
});

test('rows are sorted by a column in both directions, and those without a score stay last', () => {
  const made = board([of('a', 0.5), of('b', 0.7), of('c', 0.1, { task: 'a_first' }), of('d', 0.6)]);
  const by = columnKey(of('a', 0.5));
  const sorted = (isDescending: boolean) => names({ rows: sortRows(made, { by, isDescending }) });
  expect(sorted(true)).toEqual(['b', 'd', 'a', 'c']);
  expect(sorted(false)).toEqual(['a', 'd', 'b', 'c']);
});

test('the CSV of a leaderboard has beside each score whether it is the best, or why there is none', () => {
  const made = board([of('a', 0.5), of('b', 0.7)], [madeMissing({ model: 'c', checkpoint: null })], false, true);
  expect(boardLines(made.rows, made.columns)).toEqual([
    ['model', 'checkpoint', 'imported', 'run', 'step', 'job_id', 'mmmu acc', 'mmmu acc stderr', 'mmmu acc note'],
    ['b', '', 'false', 'r7', '1000', '', '0.7', '0.05', 'best'],
    ['a', '', 'false', 'r7', '1000', '', '0.5', '0.05', ''],
    ['c', '', 'false', 'r7', '1000', '', '', '', 'failed (timedOut)'],
  ]);
});
