import { stripVTControlCharacters } from 'node:util';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/frame/output/cells.ts';
import { createCanvas } from '../../../src/cli/scores/braille.ts';
import { plotLines } from '../../../src/cli/scores/plotLines.ts';
import { plotSvg } from '../../../src/cli/scores/plotSvg.ts';
import type { Score } from '../../../src/schemas/scores/score.ts';
import { makeScoreLines } from '../../../src/text/scoreLines.ts';
import { missing, score } from './made.ts';

const at = (run: string, step: number, value: number | null = step / 10_000, more: Partial<Score> = {}) =>
  score({
    ...{ run, step, x: step, checkpoint: `/c/${run}/${step}`, value },
    interval: value === null ? null : [value - 0.05, value + 0.05],
    ...more,
  });
const gapAt = (run: string, step: number) => missing({ run, step, x: step, checkpoint: `/c/${run}/${step}` });
const linear = { kind: 'linear', name: 'step' } as const;
const options = { title: 'digits acc', x: linear, width: 80, rows: 12, color: false };

describe('a line of scores', () => {
  test('a line is a run, or a model where there is no label run; two models of one run are two lines', () => {
    const scores = [
      at('r7', 1),
      at('r8', 1),
      score({ x: 1 }),
      at('r8', 1, 0.5, { model: 'other' }),
      score({ x: 1, imported: true }),
    ];
    expect(makeScoreLines(scores, []).map(({ name }) => name)).toEqual([
      'r7',
      'r8 qwen',
      'qwen',
      'r8 other',
      'qwen (imported)',
    ]);
  });

  test('a line has its points in the order of the axis, the newest of several at one step', () => {
    const [line] = makeScoreLines([at('r7', 3_000), at('r7', 1_000, 0.1), at('r7', 1_000, 0.2)], []);
    expect(line?.points.map(({ x, value }) => [x, value])).toEqual([
      [1_000, 0.2],
      [3_000, 0.3],
    ]);
  });

  test('a checkpoint without a result is a gap: no point, and what is before it is not joined with what is behind it', () => {
    const scores = [1_000, 2_000, 4_000, 5_000].map((step) => at('r7', step));
    const [line] = makeScoreLines([...scores, at('r7', 4_500, null)], [gapAt('r7', 3_000)]);
    expect(line?.segments.map((segment) => segment.map(({ x }) => x))).toEqual([[1_000, 2_000], [4_000], [5_000]]);
    expect(line?.points.map(({ value }) => value)).not.toContain(0);
    expect(line?.gaps).toMatchObject([
      { x: 3_000, reason: 'failed (timedOut)', measured: false },
      { x: 4_500, reason: 'its score is not finite', measured: true },
    ]);
  });

  test('what failed and was measured by another job is no gap', () => {
    const [line] = makeScoreLines(
      [at('r7', 1_000), at('r7', 2_000, 0.2, { x: 2_500 })],
      [gapAt('r7', 1_000), gapAt('r7', 2_000)],
    );
    expect(line?.gaps).toEqual([]);
    expect(line?.segments).toHaveLength(1);
  });
});

describe('the canvas', () => {
  test('a dot sets its bit of its character, and one outside is left out', () => {
    const canvas = createCanvas(2, 1);
    for (const [x, y] of [
      [0, 0],
      [1, 3],
      [3, 1],
      [-1, 0],
      [4, 0],
      [0, 4],
    ] as const)
      canvas.dot(x, y, 0);
    expect(canvas.rows((text) => text)).toEqual([String.fromCharCode(0x2800 + 0x01 + 0x80, 0x2800 + 0x10)]);
  });

  test('a stroke joins its ends, and a mark stands in place of dots, in the colour of its line', () => {
    const canvas = createCanvas(4, 2);
    canvas.stroke([0, 7], [7, 0], 0);
    canvas.mark([7, 0], '●', 1);
    expect(canvas.rows((text) => text)).toEqual(['  ⡠●', '⡠⠊  ']);
    expect(canvas.rows((text, line) => (line === 1 ? text : '.'))[0]).toBe('  .●');
  });
});

describe('a plot at a terminal', () => {
  const steps = [1_000, 2_000, 4_000, 8_000];
  const lines = makeScoreLines(
    [...steps.map((step) => at('r7', step)), ...[...steps, 3_000].map((step) => at('r8', step, 0.9 - step / 20_000))],
    [gapAt('r7', 3_000)],
  );

  test.each([60, 80, 200])(
    'a plot fits %d columns: a line a run with a sign of its own, axes with ticks, and below what is missing',
    (width) => {
      const shown = plotLines(lines, { ...options, width });
      expect(shown.filter((line) => widthOf(line) > width)).toEqual([]);
      const drawing = shown.slice(1, 13).join('\n');
      expect(drawing.match(/●/g)).toHaveLength(4);
      expect(drawing.match(/○/g)).toHaveLength(5);
      expect(drawing).toMatch(/^0\.6 ┤/m);
      expect(drawing).toMatch(/[\u2801-\u28ff]{3}/);
      expect(shown.join('\n')).toMatch(/└.*┬.*×.*┬/);
      expect(shown.join('\n')).toMatch(/^ +[12]000 .*[68]000/m);
      expect(shown).toContain('● r7   ○ r8');
      expect(shown.at(-1)).toBe('× no result: r7, step 3000: failed (timedOut)');
    },
  );

  test('a plot without colours is the same text as with them', () => {
    const colored = plotLines(lines, { ...options, color: true });
    expect(colored.map(stripVTControlCharacters)).toEqual(plotLines(lines, options));
    expect(colored.join('\n')).toContain('\x1b[36m●\x1b[39m r7   \x1b[35m○');
  });

  test('a logarithmic axis has as much room from 1000 to 2000 as from 4000 to 8000', () => {
    const columnOf = (kind: 'linear' | 'log') => {
      const [line] = makeScoreLines(
        steps.map((step) => at('r7', step, 0.5)),
        [],
      );
      const rows = plotLines(line === undefined ? [] : [line], { ...options, x: { kind, name: 'step' } });
      const row = rows.find((each) => each.includes('●')) ?? '';
      return [...row].flatMap((char, index) => (char === '●' ? index : []));
    };
    const [a = 0, b = 0, c = 0, d = 0] = columnOf('log');
    expect(Math.abs(b - a - (d - c))).toBeLessThanOrEqual(1);
    const [e = 0, f = 0, g = 0, h = 0] = columnOf('linear');
    expect(h - g).toBeGreaterThan(3 * (f - e));
  });

  test('an axis of time has days and times of UTC', () => {
    const start = Date.UTC(2026, 10, 28, 12) / 1_000;
    const timed = [0, 12, 24, 36].map((hours) => at('r7', hours, 0.5, { x: start + hours * 3_600 }));
    const shown = plotLines(makeScoreLines(timed, [missing({ run: 'r7', x: start + 18 * 3_600 })]), {
      ...options,
      x: { kind: 'time', name: 'time' },
    });
    expect(shown.join('\n')).toMatch(/11-29 .* 12:00 .*11-30/);
    expect(shown.at(-1)).toBe('× no result: r7, 2026-11-29 06:00:00: failed (timedOut)');
    const near = timed.map((each, index) => ({ ...each, x: start + index * 10 }));
    const ticks = plotLines(makeScoreLines(near, []), { ...options, x: { kind: 'time', name: 'time' } });
    expect(ticks.join('\n')).toMatch(/12:00:10 .*12:00:20/);
  });

  test('one score alone, scores that are all equal, and none at all are drawn too', () => {
    expect(plotLines(makeScoreLines([at('r7', 1_000, 0.5, { interval: null })], []), options).join('\n')).toMatch(
      /●[\s\S]*^ +1000$/m,
    );
    expect(plotLines(makeScoreLines([at('r7', 1, 0), at('r7', 2, 0)], []), options).join('\n')).toMatch(/●[^\n]*●/);
    expect(plotLines(makeScoreLines([at('r7', 1, null)], []), options)).toEqual([
      'digits acc',
      'There is no score on the axis.',
      '× not shown: r7, step 1: its score is not finite',
    ]);
  });

  test('what would steer a terminal in the names of runs, axes and reasons is made harmless', () => {
    const evil = '\x1b]0;owned\x07\u202e\rx';
    const hostile = makeScoreLines([at(evil, 1), at(evil, 3)], [missing({ run: evil, x: 2, reason: evil })]);
    const shown = plotLines(hostile, { ...options, title: evil, x: { kind: 'linear', name: evil } });
    expect(shown.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });
});

describe('a plot as SVG', () => {
  const lines = makeScoreLines(
    [1_000, 2_000, 4_000].map((step) => at('r7', step)),
    [gapAt('r7', 3_000)],
  );
  const drawn = (...[made, more]: [typeof lines, { title?: string }?]) => {
    const svg = plotSvg(made, { title: 'digits acc', x: linear, y: 'acc', ...more });
    const root = parseHTML(`<html><body>${svg}</body></html>`).document.querySelector('svg');
    if (root === null) throw new Error('there is no drawing');
    return { svg, root };
  };
  const lengths = (root: ReturnType<typeof drawn>['root'], label: string) =>
    [...root.querySelectorAll(`g[aria-label="${label}"] > *`)].map((path) => path.getAttribute('d')?.split('L').length);

  test('a plot as SVG has a line and a band a segment, a dot a score with its numbers, and a cross for what is missing', () => {
    const { root } = drawn(lines);
    expect(lengths(root, 'line')).toEqual([2, 1]);
    expect(lengths(root, 'area')).toHaveLength(2);
    const titles = [...root.querySelectorAll('g[aria-label="dot"] title')].map((title) => title.textContent);
    expect(titles).toEqual([
      'r7, step 1000: 0.100 ± 0.020, 200 samples, job 0f9c2b1e-52d7-4d0e-9d1b-6a0f7c2e9b55',
      'r7, step 2000: 0.200 ± 0.020, 200 samples, job 0f9c2b1e-52d7-4d0e-9d1b-6a0f7c2e9b55',
      'r7, step 4000: 0.400 ± 0.020, 200 samples, job 0f9c2b1e-52d7-4d0e-9d1b-6a0f7c2e9b55',
      'r7, step 3000: failed (timedOut)',
    ]);
  });

  test('a plot as SVG is named and described for those that do not see it', () => {
    const { root } = drawn(lines);
    expect([root.getAttribute('role'), root.getAttribute('aria-labelledby')]).toEqual([
      'img',
      'evald-title evald-desc',
    ]);
    expect(root.querySelector('#evald-title')?.textContent).toBe('digits acc');
    expect(root.querySelector('#evald-desc')?.textContent).toMatch(/step 1000: 0\.100 .*; no result: r7, step 3000/);
  });

  test('names that want to be markup, or no XML at all, are text', () => {
    const evil = '\x1b<script>alert(1)</script>&"]]>\u00a0\ufffe\ud800';
    const { svg, root } = drawn(makeScoreLines([at(evil, 1)], [missing({ run: evil, x: 2, reason: evil })]), {
      title: evil,
    });
    expect(root.querySelector('script')).toBeNull();
    expect(svg.match(/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/g)).toBeNull();
    expect(svg.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\ufffe\uffff]/u);
    expect(svg.isWellFormed()).toBe(true);
  });
});
