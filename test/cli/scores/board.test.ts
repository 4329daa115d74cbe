import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/frame/output/cells.ts';
import { boardLines, boardNotes } from '../../../src/cli/scores/boardLines.ts';
import { makeBoard } from '../../../src/text/board.ts';
import { missing, score } from './made.ts';

const wide = { width: null, color: false, header: true };
const best = (board: ReturnType<typeof makeBoard>, column = 0) =>
  board.rows.flatMap(({ model, cells }) => {
    const cell = cells[column];
    return cell?.score && cell.is_best ? [model] : [];
  });

describe('the best of a column', () => {
  test('the best of a column is the highest where higher is better, and the lowest where lower is', () => {
    const two = [score({ model: 'a', value: 0.4 }), score({ model: 'b', value: 0.6 })];
    expect(best(makeBoard(two, []))).toEqual(['b']);
    const lower = two.map((each) => ({ ...each, higher_is_better: false }));
    expect(best(makeBoard(lower, []))).toEqual(['a']);
  });

  test('scores that are equal are all the best', () => {
    expect(best(makeBoard([score({ model: 'a' }), score({ model: 'b' })], []))).toEqual(['a', 'b']);
  });

  test.each([
    ['there is one score alone', [score()]],
    ['there is one score alone', [score({ model: 'a' }), score({ model: 'b', value: null })]],
    [
      'it is not known whether higher is better',
      [score({ model: 'a', higher_is_better: null }), score({ model: 'b', higher_is_better: null })],
    ],
    [
      'it is not known whether higher is better',
      [score({ model: 'a' }), score({ model: 'b', higher_is_better: false })],
    ],
    ['unlike n: 8, 200', [score({ model: 'a', n: 8 }), score({ model: 'b' })]],
    ['unlike shots: 0, 5', [score({ model: 'a' }), score({ model: 'b', num_fewshot: 5 })]],
    ['unlike task version: 1, 2', [score({ model: 'a' }), score({ model: 'b', task_version: '2' })]],
  ])('no score is marked as the best, and the board says why: %s', (reason, scores) => {
    const board = makeBoard(scores, []);
    expect(best(board)).toEqual([]);
    expect(board.columns[0]?.unmarked).toBe(reason);
  });
});

describe('a row', () => {
  test('a row has the newest score of a model and checkpoint, and with a row a job both', () => {
    const scores = [
      score({ job_id: 'j1', checkpoint: '/c/1', value: 0.1 }),
      score({ job_id: 'j2', checkpoint: '/c/1', value: 0.2 }),
    ];
    expect(makeBoard(scores, []).rows.map(({ cells }) => cells[0]?.score?.value)).toEqual([0.2]);
    expect(makeBoard(scores, [], true).rows.map(({ job_id, cells }) => [job_id, cells[0]?.score?.value])).toEqual([
      ['j1', 0.1],
      ['j2', 0.2],
    ]);
  });

  test('results of earlier runs that were imported have a row of their own, which says so', () => {
    const board = makeBoard([score(), score({ imported: true })], []);
    expect(board.rows.map(({ imported }) => imported)).toEqual([false, true]);
    expect(boardLines(board, wide).join('\n')).toContain('qwen (imported)');
  });

  test('rows are in the order of models and steps, by the value of numbers', () => {
    const scores = [12_000, 9_000].map((step) => score({ checkpoint: `/c/step-${step}`, step }));
    const { rows } = makeBoard([...scores, score({ model: 'm10' }), score({ model: 'm9' })], []);
    expect(rows.map(({ model, step }) => `${model} ${step}`)).toEqual([
      'm9 null',
      'm10 null',
      'qwen 9000',
      'qwen 12000',
    ]);
  });
});

test('an empty cell says why it is empty: the reason of the newest job, or that it was not asked', () => {
  const board = makeBoard(
    [score({ model: 'a' }), score({ model: 'b', task: 'shapes' })],
    [
      missing({ model: 'a', task: 'shapes', status: 'queued', failure_kind: null, reason: 'queued' }),
      missing({ model: 'a', task: 'shapes' }),
      missing({ model: 'c', task: 'ocr' }),
    ],
  );
  const reasons = board.rows.map(({ model, cells }) => [model, cells.map((cell) => cell.score?.value ?? cell)]);
  expect(JSON.parse(JSON.stringify(reasons).replaceAll(/"score":null,|,"job_id":(null|"[^"]+")/g, ''))).toEqual([
    ['a', [0.5, { reason: 'not asked' }, { reason: 'queued' }]],
    ['b', [{ reason: 'not asked' }, { reason: 'not asked' }, 0.5]],
    ['c', [{ reason: 'not asked' }, { reason: 'failed (timedOut)' }, { reason: 'not asked' }]],
  ]);
});

test('a cell without this metric says that it was not measured where the task has another one', () => {
  const board = makeBoard([score({ model: 'a' }), score({ model: 'b', metric: 'f1' })], []);
  expect(board.rows.flatMap(({ cells }) => cells).filter((cell) => cell.score === null)).toEqual([
    { score: null, reason: 'not measured', job_id: null },
    { score: null, reason: 'not measured', job_id: null },
  ]);
});

describe('a newer run that has no score', () => {
  const old = score({ job_id: 'j1', value: 0.6, completed_at: '2026-11-29T12:00:00.000Z' });
  const other = score({ model: 'other' });
  const later = '2026-11-29T13:00:00.000Z';
  const rerun = { job_id: '0f9c2b1e-52d7-4d0e-9d1b-6a0f7c2e9b55' };

  test('the score of an older run says what became of the newer one, with a note that leads to that job', () => {
    const board = makeBoard([old, other], [missing({ ...rerun, ended_at: later })]);
    expect(boardLines(board, wide).join('\n')).toContain('0.600 ±0.020 *†');
    expect(boardNotes(board)).toContain(
      '† qwen, digits acc: a newer run has no score: failed (timedOut), job 0f9c2b1e.',
    );
    const values = boardLines(board, wide).slice(2);
    expect(new Set(values.map((line) => line.indexOf('±'))).size).toBe(1);
  });

  test('what waits or runs is newer, and what ended before the score is not', () => {
    const waits = { status: 'queued', failure_kind: null, reason: 'queued', ended_at: null } as const;
    const newer = (of: Parameters<typeof missing>[0]) =>
      makeBoard([old], [missing({ ...rerun, ...of })]).rows[0]?.cells[0];
    expect(newer(waits)).toMatchObject({ newer: { reason: 'queued', ...rerun } });
    expect(newer({ ended_at: '2026-11-29T11:00:00.000Z' })).toMatchObject({ newer: null });
  });
});

test('metrics and filters of a task are columns of their own, none is left out', () => {
  const scores = [score(), score({ metric: 'f1' }), score({ filter: 'strict' })];
  const lines = boardLines(makeBoard(scores, []), wide);
  expect(lines.slice(0, 3).map((line) => line.split(/\s+/).filter(Boolean))).toEqual([
    ['model', 'digits', 'digits', 'digits'],
    ['acc', 'acc', 'f1'],
    ['none', 'strict', 'none'],
  ]);
});

describe('the lines of a board', () => {
  const tasks = ['digits', 'shapes', 'mmmu_val', 'a_task_with_a_long_name_of_forty_letters', 'ocr'];
  const models = ['m1', 'a-model-with-a-name-that-is-longer-than-any-terminal-should-have-to-show'];
  const scores = models.flatMap((model, index) =>
    tasks.map((task) => score({ model, task, checkpoint: `/ckpt/run-7/step-${index}000`, value: 0.5 + index / 10 })),
  );
  const board = makeBoard(scores, []);

  test.each([40, 60, 80, 200])('the lines of a board fit %d columns, and each score is there once', (width) => {
    const lines = boardLines(board, { ...wide, width });
    expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
    expect(lines.join('\n').match(/0\.[56]00 ±0\.020/g)).toHaveLength(scores.length);
    // Each block names its rows again.
    const blocks = lines.join('\n').split('\n\n');
    for (const block of blocks) expect(block).toMatch(/^m1 /m);
    if (width === 200) expect(blocks).toHaveLength(1);
    else expect(blocks.length).toBeGreaterThan(1);
  });

  test('the best of a column is marked by a sign, and bold where there are colours', () => {
    const plainLines = boardLines(board, wide);
    expect(plainLines.find((line) => line.startsWith('a-model'))?.match(/0\.600 ±0\.020 \*/g)).toHaveLength(5);
    const colored = boardLines(board, { ...wide, color: true });
    expect(colored.join('\n')).toContain('\x1b[1m0.600 ±0.020 *');
    expect(colored.map(stripVTControlCharacters)).toEqual(plainLines);
  });

  test('what would steer a terminal in names of models, tasks and checkpoints is made harmless', () => {
    const evil = '\x1b]0;owned\x07\u202e\r\nx';
    const hostile = score({ model: evil, task: evil, metric: evil, filter: evil, checkpoint: evil, run: evil });
    const text = boardLines(makeBoard([hostile], [missing({ model: evil, task: `${evil}2`, reason: evil })]), wide);
    expect(text.join('\n').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(text).toHaveLength(5);
  });
});
