import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/frame/output/cells.ts';
import { compareLines } from '../../../src/cli/scores/compareLines.ts';
import { compared, comparison } from './made.ts';

const wide = { width: null, color: false, header: true, flips: 0 };
const text = (fields: Parameters<typeof comparison>[0], options = {}) =>
  compareLines(comparison(fields), { ...wide, ...options }).join('\n');

test('a comparison shows both runs, and of a score its values, the difference with interval, the adjusted p, what it detects, flips and verdict', () => {
  const lines = compareLines(comparison(), wide);
  expect(lines[0]).toMatch(/^baseline {3}74cc4a5c {2}qwen {2}r7\/step-1000 {2}run=r7 step=1000 {2}\d+\w ago$/);
  expect(lines[1]).toMatch(/^candidate {2}3699bc27 {2}qwen {2}r7\/step-2000 {2}run=r7 step=2000 {2}\d+\w ago$/);
  expect(lines.slice(3).map((line) => line.split(/ {2,}/))).toEqual([
    ['VERDICT', 'TASK', 'METRIC', 'BASELINE', 'CANDIDATE', 'DELTA', '95% INTERVAL', 'P', 'DETECTS', 'FLIPS', 'PAIRS'],
    [
      ...['▼ worse', 'digits', 'acc', '0.925 ±0.019', '0.130 ±0.024', '-0.795', '[-0.852, -0.738]', '<0.001'],
      ...['0.081', '+3 -162 =35', '200'],
    ],
  ]);
});

test.each([60, 80, 200])('a comparison fits %d columns with all of its numbers', (width) => {
  const lines = compareLines(
    comparison({
      comparisons: [
        compared(),
        compared({ task: 'a_task_with_a_long_name', filter: 'strict-match', reason: 'why '.repeat(30) }),
      ],
      configuration: [{ task: null, field: 'gen_kwargs', a: 'temperature=0 '.repeat(9), b: null }],
    }),
    { ...wide, width, flips: 5 },
  );
  expect(lines.filter((line) => !line.includes('evald samples') && widthOf(line) > width)).toEqual([]);
  for (const part of ['0.925 ±0.019', '0.130 ±0.024', '-0.795', '[-0.852, -0.738]', '<0.001', '0.081', '+3 -162 =35']) {
    expect(lines.join('\n').split(part)).toHaveLength(3);
  }
});

test('a verdict has a sign beside its colour, and without colours the same text', () => {
  const verdicts = ['better', 'worse', 'same', 'inconclusive', null] as const;
  const all = comparison({ comparisons: verdicts.map((verdict) => compared({ verdict })) });
  for (const width of [null, 60]) {
    const plain = compareLines(all, { ...wide, width });
    const colored = compareLines(all, { ...wide, width, color: true });
    expect(plain.join('\n')).toMatch(/▲ better[\s\S]*▼ worse[\s\S]*= same[\s\S]*\? inconclusive[\s\S]*– not judged/);
    expect(colored.map(stripVTControlCharacters)).toEqual(plain);
    expect(colored.join('\n')).toContain('\x1b[32m▲ better');
    expect(colored.join('\n')).toContain('\x1b[31m▼ worse');
  }
});

test('what cannot be compared shows the difference alone, with the reason', () => {
  const none = {
    ...{ n_a: null, n_b: null, n_paired: null, delta: null, stderr: null, interval: null, test: null, p_value: null },
    ...{ p_adjusted: null, detectable: null, flips: null, verdict: null },
    reason: 'no test: the score is not a mean of its samples',
  };
  const shown = text({ comparisons: [compared(none)] });
  expect(shown).toMatch(/– not judged +digits +acc +0\.925 ±0\.019 +0\.130 ±0\.024 +-0\.795$/m);
  expect(shown).toContain('digits acc: no test: the score is not a mean of its samples');
  expect(text({ comparisons: [compared({ ...none, difference: null })] })).toMatch(/0\.130 ±0\.024 +n\/a$/m);
});

test('what weakens a comparison, and what is not in it, is said in lines below', () => {
  const shown = text({
    configuration: [
      { task: null, field: 'num_gpus', a: '1', b: '8' },
      { task: 'digits', field: 'num_fewshot', a: null, b: '5' },
    ],
    comparisons: [
      compared({ filter: 'strict', warnings: ['other prompts'], missing: { a: 0, b: 7, bounds: [-0.8, -0.7] } }),
    ],
    groups: [{ group: 'all', members: ['digits', 'shapes'] }],
    only_a: ['ocr,acc,none'],
    only_b: ['ocr,f1,none'],
    warnings: ['the seeds differ'],
  });
  expect(shown.split('\n\n').at(-1)?.split('\n')).toEqual([
    'differs: num_gpus: 1 → 8',
    'differs: digits num_fewshot: none → 5',
    'digits acc strict: without a value are 0 samples of the baseline (of 200) and 7 of the candidate (of 207); as bad or as good as they could be, the difference is in [-0.800, -0.700]',
    'digits acc strict: other prompts',
    'all is a group: its members are compared (digits, shapes)',
    'only the baseline has ocr acc',
    'only the candidate has ocr f1',
    'the seeds differ',
  ]);
  expect(text({ comparisons: [] })).toContain('There is no score that both have.');
});

test('samples that differ are listed as many as were asked for, with commands that show them', () => {
  const shown = text({}, { flips: 1 }).split('\n\n').at(-1)?.split('\n');
  expect(shown?.map((line) => line.split(/ {2,}/))).toEqual([
    ['digits acc: 1 of 165 samples that differ'],
    ['SAMPLE', 'BASELINE', 'CANDIDATE', 'OFFSET', 'CANDIDATE OFFSET'],
    ['17', '1', '0', '17', '16'],
    ['', 'evald samples 74cc4a5c digits --offset 17 -n 1'],
    ['', 'evald samples 3699bc27 digits --offset 16 -n 1'],
  ]);
  expect(text({}, { flips: 5 })).toMatch(/^x +0 +0\.250 +4 +4$/m);
});

describe('hostile texts', () => {
  const evil = "\x1b]0;owned\x07\u202e\r'; rm -rf x";

  test('what would steer a terminal in names, reasons and values is made harmless, and so is what a shell would run', () => {
    const one = compared({ task: evil, metric: evil, filter: evil, reason: evil, warnings: [evil] });
    const made = comparison({
      a: { ...comparison().a, model: evil, checkpoint: evil, run: evil },
      comparisons: [
        {
          ...one,
          flips: {
            better: 1,
            worse: 0,
            equal: 0,
            samples: [{ doc_id: evil, index_a: 0, index_b: 0, value_a: 0, value_b: 1 }],
          },
        },
      ],
      ...{ configuration: [{ task: evil, field: evil, a: evil, b: evil }], groups: [{ group: evil, members: [evil] }] },
      ...{ only_a: [evil], only_b: [evil], warnings: [evil] },
    });
    for (const width of [null, 80]) {
      const lines = compareLines(made, { ...wide, width, flips: 3 });
      expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      expect(lines.at(-1)).toMatch(/^ {2}evald samples 3699bc27 '.*'\\''; rm -rf x' --offset 0 -n 1$/);
    }
  });
});
