import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holm } from '../../src/scores/adjust.ts';
import { scoreInterval } from '../../src/scores/band.ts';
import { mcnemar } from '../../src/scores/distributions.ts';
import { tangoInterval } from '../../src/scores/tango.ts';
import { compare, run, runOf, samplesOf } from './runs.ts';

const value = fc.oneof(
  fc.constantFrom(0, 1),
  fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20),
);
const rows = (of: fc.Arbitrary<number>) =>
  fc.array(fc.record({ a: of, b: of, cluster: fc.constantFrom('v', 'w', 'x', 'y', null) }), {
    minLength: 2,
    maxLength: 40,
  });
const anyRows = fc.oneof(rows(value), rows(fc.constantFrom(0, 1)), rows(fc.constantFrom(0, 0.5)));

type Rows = { a: number; b: number; cluster: string | null }[];

/** Both runs of some rows. */
function runs(of: Rows, areClustered: boolean) {
  const cluster = areClustered ? (index: number) => of[index]?.cluster ?? null : undefined;
  return {
    a: run(
      of.map(({ a }) => a),
      cluster,
    ),
    b: run(
      of.map(({ b }) => b),
      cluster,
    ),
  };
}

const near = (number: number | null | undefined) =>
  number === null || number === undefined ? number : expect.closeTo(number, 9);

const negated = (interval: [number, number] | null) => interval && [near(-interval[1]), near(-interval[0])];

const flow = { numRuns: 60 };

test('two runs compared the other way round give the same test, and every difference negated', () => {
  fc.assert(
    fc.property(anyRows, fc.boolean(), (of, areClustered) => {
      const { a, b } = runs(of, areClustered);
      const [there, back] = [compare(a, b), compare(b, a)];
      const opposite = { better: 'worse', worse: 'better' } as const;
      const verdict = there.verdict === 'better' || there.verdict === 'worse' ? opposite[there.verdict] : there.verdict;
      expect(back).toMatchObject({
        p_value: there.p_value,
        test: there.test,
        permutations: there.permutations,
        verdict,
      });
      expect(back).toMatchObject({ stderr: near(there.stderr), detectable: near(there.detectable) });
      expect(back.delta === null ? null : -back.delta).toEqual(near(there.delta));
      expect([back.interval, back.bootstrap]).toEqual([negated(there.interval), negated(there.bootstrap)]);
      expect([back.flips?.better, back.flips?.worse]).toEqual([there.flips?.worse, there.flips?.better]);
    }),
    flow,
  );
});

test('the order of the samples changes neither the test nor the interval', () => {
  fc.assert(
    fc.property(anyRows, fc.boolean(), (of, areClustered) => {
      const { a, b } = runs(of, areClustered);
      const there = compare(a, b);
      const turned = compare(runOf((a.samples ?? []).toReversed()), runOf((b.samples ?? []).toReversed()));
      expect(turned).toMatchObject({ p_value: there.p_value, delta: near(there.delta), stderr: near(there.stderr) });
      expect(turned.interval).toEqual(there.interval?.map(near) ?? null);
    }),
    flow,
  );
});

test('values in another unit change no p, and every difference by that unit', () => {
  fc.assert(
    fc.property(rows(value), fc.boolean(), fc.constantFrom(0.5, 4, 256), (of, areClustered, unit) => {
      const plain = runs(of, areClustered);
      const there = compare(plain.a, plain.b);
      // Zeros and ones are known by being zeros and ones.
      fc.pre(there.test === 'permutation' && of.some(({ a, b }) => ![0, 1].includes(a) || ![0, 1].includes(b)));
      const other = runs(
        of.map((row) => ({ ...row, a: unit * row.a, b: unit * row.b })),
        areClustered,
      );
      const scaled = compare(other.a, other.b);
      const times = (number: number | null) => (number === null ? null : near(unit * number));
      expect(scaled).toMatchObject({ p_value: there.p_value, delta: times(there.delta), stderr: times(there.stderr) });
      expect(scaled.interval).toEqual(there.interval?.map(times) ?? null);
      expect(scaled.bootstrap).toEqual(there.bootstrap?.map(times) ?? null);
    }),
    flow,
  );
});

test('an interval holds the difference that was measured, and is never a point', () => {
  fc.assert(
    fc.property(anyRows, fc.boolean(), (of, areClustered) => {
      const { a, b } = runs(of, areClustered);
      const { interval, delta } = compare(a, b);
      if (interval === null || delta === null) return;
      expect(interval[0]).toBeLessThanOrEqual(delta + 1e-9);
      expect(interval[1]).toBeGreaterThanOrEqual(delta - 1e-9);
      expect(interval[1]).toBeGreaterThan(interval[0]);
    }),
    { numRuns: 300 },
  );
});

test('the bounds of what is missing hold the difference that the whole runs have', () => {
  const holes = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(rows(fc.constantFrom(0, 1)), holes, (of, missing) => {
      const part = (name: 'a' | 'b', at: 0 | 1) =>
        run(of.map((row, index) => (missing[index]?.[at] ? null : row[name])));
      const { missing: found } = compare(part('a', 0), part('b', 1));
      if (found?.bounds === null || found === null) return;
      const whole = of.reduce((sum, { a, b }) => sum + b - a, 0) / of.length;
      expect(found.bounds[0]).toBeLessThanOrEqual(whole + 1e-9);
      expect(found.bounds[1]).toBeGreaterThanOrEqual(whole - 1e-9);
    }),
    { numRuns: 300 },
  );
});

test('samples of one run are never paired with those of another document, however they are named', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('x', 'y', null), { minLength: 2, maxLength: 30 }), (hashes) => {
      const a = samplesOf(
        hashes.map(() => 1),
        (index) => ({ docHash: hashes[index] ?? null }),
      );
      const b = samplesOf(
        hashes.map(() => 1),
        () => ({ docHash: 'x' }),
      );
      expect(compare(runOf(a), runOf(b)).n_paired).toBe(hashes.filter((hash) => hash !== 'y').length);
    }),
  );
});

test('p of flips is 1 where they are as many each way, and falls as they get less even', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), (n) => {
      let last = 1;
      for (let few = Math.floor(n / 2); few >= 0; few -= Math.ceil(n / 40)) {
        const p = mcnemar(few, n - few);
        expect(p).toBeLessThanOrEqual(last);
        expect(p).toBeGreaterThanOrEqual(0);
        last = p;
      }
      expect(mcnemar(n, n)).toBe(1);
    }),
  );
});

test('an adjusted p is never below the p itself nor above that of Bonferroni, and keeps the order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
      const adjusted = holm(values);
      for (const [index, p] of values.entries()) {
        expect(adjusted[index]).toBeGreaterThanOrEqual(p);
        expect(adjusted[index]).toBeLessThanOrEqual(Math.min(1, p * values.length));
        for (const [other, q] of values.entries())
          if (p < q) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[other] ?? 0);
      }
    }),
  );
});

test('intervals of shares and of their differences stay within what there is', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), fc.nat(500), (up, down, rest) => {
      const n = up + down + rest + 1;
      const [low, high] = tangoInterval(up, down, n);
      expect([low >= -1, low <= (up - down) / n, high >= (up - down) / n, high <= 1]).toEqual([true, true, true, true]);
      const value = up / n;
      const [least, most] = scoreInterval({ value, stderr: Math.sqrt((value * (1 - value)) / (n - 1 || 1)), n }) ?? [
        2, 2,
      ];
      expect([least >= 0, least <= value, most >= value, most <= 1]).toEqual([true, true, true, true]);
    }),
  );
});
