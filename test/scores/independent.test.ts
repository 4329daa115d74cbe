import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { holm } from '../../src/scores/adjust.ts';
import { scoreInterval } from '../../src/scores/band.ts';
import { mcnemar, tQuantile } from '../../src/scores/distributions.ts';
import { describeWith, scipy, scipyPython } from '../support/needs.ts';
import { seeded } from '../support/seeded.ts';
import { compare, run } from './runs.ts';

type Case = { a: number[]; b: number[]; clusters: number[] | null };
type Answer = {
  delta: number;
  stderr: number;
  interval: [number, number];
  p: number;
  exact?: number | null;
  bootstrap?: [number, number];
};
type Answers = { cases: Answer[]; mcnemar: number[]; t: number[]; holm: number[][]; wilson: [number, number][] };

const CASES = 1_000;
const random = seeded(17);
const upTo = (most: number) => Math.floor(random() * most);

/** Zeros and ones or partial credit, few documents or many, few flips or many, with clusters or without. */
function caseOf(index: number): Case {
  const isBinary = index % 2 === 0;
  const n = index % 5 === 0 ? 3 + upTo(9) : 12 + upTo(150);
  const flipping = [0.02, 0.1, 0.4, 1][upTo(4)] ?? 1;
  const steps = [4, 1_000_000][upTo(2)] ?? 4;
  const value = () => (isBinary ? upTo(2) : upTo(steps + 1) / steps);
  const a = Array.from({ length: n }, value);
  const b = a.map((of) => (random() < flipping ? value() : of));
  if (index % 4 < 2) return { a, b, clusters: null };
  const groups = 2 + upTo(Math.min(n - 2, 30));
  return { a, b, clusters: a.map((_, at) => (at < groups ? at : upTo(groups))) };
}

const cases = Array.from({ length: CASES }, (_, index) => caseOf(index));
const flipped = Array.from({ length: CASES }, (_, index): [number, number] => {
  const most = 10 ** (1 + (index % 6));
  const b = 1 + upTo(most);
  return [b, Math.max(0, Math.round(b + (random() - 0.5) * 8 * Math.sqrt(b + 1)))];
});
const degrees = [...Array.from({ length: 2_500 }, (_, index) => index + 1), 10_000, 99_999, 1_000_000];
const values = Array.from({ length: CASES }, () => Array.from({ length: 1 + upTo(40) }, () => random() ** 4));
const shares = Array.from({ length: CASES }, (): [number, number] => {
  const n = 2 + upTo(3_000);
  return [upTo(n + 1), n];
});

/** Relative, and absolute where a number is next to nothing. */
const near = (number: number) => {
  const least = 1e-9 * Math.abs(number) + 1e-12;
  return expect.toSatisfy((other: number) => Math.abs(other - number) <= least, `${number} to 1e-9`);
};

describeWith(scipy, 'scores by scipy and statsmodels', () => {
  let answers: Answers;

  beforeAll(() => {
    const input = JSON.stringify({ cases, mcnemar: flipped, degrees, holm: values, wilson: shares });
    const program = join(import.meta.dirname, 'independent.py');
    const { stdout, stderr, status } = spawnSync(scipyPython, ['-W', 'ignore', program], {
      input,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(status, stderr).toBe(0);
    answers = JSON.parse(stdout.replaceAll('NaN', 'null'));
  });

  test('1,000 comparisons have the difference, the standard error, the interval and the p that scipy and statsmodels find', () => {
    for (const [index, { a, b, clusters }] of cases.entries()) {
      const { delta, stderr, interval, p } = answers.cases[index] as Answer;
      const cluster = clusters === null ? undefined : (at: number) => `cluster${clusters[at]}`;
      const comparison = compare(run(a, cluster), run(b, cluster));
      expect(comparison, `case ${index}`).toMatchObject({
        ...{ delta: near(delta), stderr: near(stderr), interval: interval.map(near), p_value: near(p) },
        test: clusters === null && index % 2 === 0 ? 'mcnemar' : 'permutation',
      });
    }
  });

  test('bootstrap intervals are those that numpy finds by the same draws', () => {
    let seen = 0;
    for (const [index, { a, b, clusters }] of cases.entries()) {
      const { bootstrap, stderr } = answers.cases[index] as Answer;
      if (bootstrap === undefined || stderr < 1e-12) continue;
      const cluster = clusters === null ? undefined : (at: number) => `cluster${clusters[at]}`;
      expect(compare(run(a, cluster), run(b, cluster)).bootstrap, `case ${index}`).toEqual(bootstrap.map(near));
      seen += 1;
    }
    expect(seen).toBeGreaterThan(600);
  });

  test('10,000 permutations of few differences come as near to the exact p of scipy as so many can', () => {
    const both = answers.cases.flatMap(({ p, exact }) => (typeof exact === 'number' ? [{ p, exact }] : []));
    expect(both.length).toBeGreaterThan(80);
    for (const { p, exact } of both) {
      const deviation = Math.sqrt((exact * (1 - exact)) / 10_000);
      expect(Math.abs(p - exact)).toBeLessThan(4.5 * deviation + 2e-4);
    }
  });

  test('the exact p of up to a million flips is that of scipy', () => {
    expect(flipped.map(([b, c]) => mcnemar(b, c))).toEqual(answers.mcnemar.map(near));
  });

  test("quantiles of Student's t are those of scipy, of 1 to 1,000,000 degrees of freedom", () => {
    expect(degrees.map(tQuantile)).toEqual(answers.t.map(near));
  });

  test('p adjusted by Holm is that of statsmodels', () => {
    expect(values.map(holm)).toEqual(answers.holm.map((adjusted) => adjusted.map(near)));
  });

  test('the interval of a share is that of Wilson in statsmodels', () => {
    const intervals = shares.map(([k, n]) => {
      const value = k / n;
      return scoreInterval({ value, stderr: Math.sqrt((value * (1 - value)) / (n - 1)), n });
    });
    expect(intervals).toEqual(answers.wilson.map((interval) => interval.map(near)));
  });
});
