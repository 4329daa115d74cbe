import { expect, test } from 'vitest';
import { MOST_LINES, plotScores } from '../../src/dashboard/views/scores/lines.ts';
import { align } from '../../src/dashboard/views/scores/plot/align.ts';
import { stillMissing } from '../../src/text/scoreLines.ts';
import { madeId, madeMissing, madeScore } from '../support/scores/madeScores.ts';

const at = (run: string | null, x: number | null, value: number, more: object = {}) =>
  madeScore({ job_id: madeId(value * 1_000), run, x, value, checkpoint: `/ckpt/${run}/${x}`, ...more });
const without = (run: string, x: number | null) => madeMissing({ run, x, checkpoint: `/ckpt/${run}/${x}` });

/** What a plot has of each line. */
const shape = (scores: Parameters<typeof plotScores>[0]['scores'], missing: ReturnType<typeof madeMissing>[] = []) =>
  plotScores({ scores, missing }, false).panels.map(({ metric, filter, lines }) => ({
    of: `${metric} ${filter}`,
    lines: Object.fromEntries(lines.map(({ name, points }) => [name, points.map(({ x, value }) => [x, value])])),
  }));

test('each metric by each filter is a plot of its own, with a line a run by rising x', () => {
  const other = { metric: 'acc', filter: 'flexible' };
  expect(shape([at('r7', 20, 0.2), at('r8', 10, 0.3), at('r7', 10, 0.1), at('r7', 10, 0.9, other)])).toEqual([
    {
      of: 'acc none',
      lines: {
        r7: [
          [10, 0.1],
          [20, 0.2],
        ],
        r8: [[10, 0.3]],
      },
    },
    { of: 'acc flexible', lines: { r7: [[10, 0.9]] } },
  ]);
});

test('a score without a run is on the line of its model, two models of one run are two lines, and imported scores are never on the line of own ones', () => {
  const [plot] = shape([
    at(null, 10, 0.1, { checkpoint: '/very/long/run/step-1', model: 'llava' }),
    at('r7', 10, 0.2, { model: 'llava' }),
    at('r7', 20, 0.3),
    at('r7', 30, 0.4, { imported: true }),
  ]);
  expect(plot?.lines).toEqual({
    llava: [[10, 0.1]],
    'r7 llava': [[10, 0.2]],
    'r7 qwen2_5_vl': [[20, 0.3]],
    'r7 qwen2_5_vl (imported)': [[30, 0.4]],
  });
});

test('of two scores of a run at the same x the newer one is drawn, and it is said that there is another', () => {
  const { panels } = plotScores({ scores: [at('r7', 10, 0.1), at('r7', 10, 0.7)], missing: [] }, false);
  expect(panels[0]?.lines[0]?.points.map(({ value }) => value)).toEqual([0.7]);
  expect(panels[0]?.replaced).toBe(1);
});

test('a score that has no place on the axis, or is not finite, is counted and not drawn', () => {
  const scores = [at('r7', null, 0.1), at('r7', 0, 0.2), at('r7', 5, 0.3), { ...at('r7', 6, 0.4), value: null }];
  const elsewhere = at('r8', null, 0.6);
  const exact = { ...at('r7', 7, 0.5), value: { rawJSON: '1e999' } };
  const linear = plotScores({ scores: [...scores, exact, elsewhere], missing: [] }, false);
  expect(linear.panels[0]?.lines[0]?.points.map(({ x }) => x)).toEqual([0, 5]);
  expect(linear.panels[0]?.offAxis).toBe(4);
  expect(linear.names).toEqual(['r7']);
  const logarithmic = plotScores({ scores, missing: [] }, true);
  expect(logarithmic.panels[0]?.lines[0]?.points.map(({ x }) => x)).toEqual([5]);
});

test('where a result was asked for and there is none the line is broken, and no zero is drawn', () => {
  const scores = [at('r7', 10, 0.1), at('r7', 30, 0.3), at('r8', 20, 0.2), at('r8', 40, 0.4)];
  const missing = [without('r7', 20), without('r7', 99), without('r9', 10)];
  const [panel] = plotScores({ scores, missing }, false).panels;
  expect(align(panel?.lines ?? [])).toEqual([
    [10, 20, 30, 40],
    [0.1, null, 0.3, undefined],
    [undefined, 0.2, undefined, 0.4],
  ]);
});

test('what another job has measured of the same checkpoint, or of the run at the same x, is not missing; elsewhere it is, and without a place', () => {
  const scores = [at('r7', 10, 0.1)];
  const again = { ...without('r7', 10), x: null };
  const beside = { ...without('r7', 10), checkpoint: '/ckpt/other' };
  const [other, nowhere] = [without('r7', 20), without('r7', null)];
  expect(stillMissing(scores, [again, beside, other, nowhere])).toEqual([other, nowhere]);
});

test('of many runs those that were measured last are drawn, in the colours that they have in every plot', () => {
  const scores = Array.from({ length: MOST_LINES + 5 }, (_, run) => at(`run-${run}`, 1, 0.5));
  const { names, undrawn, panels } = plotScores({ scores, missing: [] }, false);
  expect(undrawn).toBe(5);
  expect(names[0]).toBe('run-5');
  expect(panels[0]?.lines.map(({ name, index }) => names[index] === name)).toEqual(names.map(() => true));
});
