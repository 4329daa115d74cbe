import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onePool } from '../../../src/schemas/engine/devicePool.ts';
import { seed, simulate, type Work } from './workload.ts';

const DEVICES = ['0', '1', '2', '3'];
const DEPTH = 3;

const work = fc.record({
  gap: fc.constantFrom(0, 0, 0, 100, 700, 2_000),
  gpus: fc.constantFrom(1, 1, 2, 3, 4),
  takes: fc.constantFrom(500, 1_000, 3_000, 9_000),
  isKnown: fc.constantFrom(true, true, true, false),
  /** What it takes beside what was known of it: times as much. */
  lie: fc.constantFrom(1, 1, 1, 4),
});

type Drawn = { gap: number; gpus: number; takes: number; isKnown: boolean; lie: number };

/** @param isHonest what is known of a job is what it takes. */
function worksOf(drawn: readonly Drawn[], isHonest: boolean): Work[] {
  let arrival = 0;
  return drawn.map(({ gap, gpus, takes, isKnown, lie }) => {
    arrival += gap;
    return { arrival, gpus, takes: isHonest ? takes : takes * lie, known: isKnown ? takes : null };
  });
}

const pools = onePool(DEVICES);
const starts = async (works: Work[], backfillDepth: number) => {
  const { lives, moments } = await simulate(works, { pools, backfillDepth });
  return { starts: lives.map((life) => life?.started ?? Number.NaN), moments };
};

test('no job starts later because others may pass the first one, where work takes what it always took', async () => {
  let passes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(work, { minLength: 3, maxLength: 9 }), async (drawn) => {
      const works = worksOf(drawn, true);
      const [without, withIt] = [await starts(works, 0), await starts(works, DEPTH)];
      for (const [index, started] of withIt.starts.entries())
        expect(started, `start of job ${index}`).toBeLessThanOrEqual(without.starts[index] ?? Number.NaN);
      // In strict order without it.
      expect(without.starts).toEqual(without.starts.toSorted((a, b) => a - b));
      passes += withIt.starts.filter((started, index) => started < (without.starts[index] ?? 0)).length;
    }),
    { numRuns: 60, ...seed },
  );
  // Else it would have said nothing.
  expect(passes).toBeGreaterThan(10);
});

test('where work takes longer than ever, the first one is passed by few, and by none while one that has passed it is late', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(work, { minLength: 3, maxLength: 9 }), async (drawn) => {
      const works = worksOf(drawn, false);
      const { moments, starts: started } = await starts(works, DEPTH);
      expect(started.every(Number.isFinite), 'each has started').toBe(true);
      let head: number | undefined;
      let passed: number[] = [];
      for (const [at, { now, waiting, running }] of moments.entries()) {
        if (waiting[0] !== head) [head, passed] = [waiting[0], []];
        const before = moments[at - 1]?.running ?? [];
        const passing = running.filter((one) => !before.includes(one) && head !== undefined && one > head);
        const overdue = passed.filter((one) => running.includes(one) && isLate(works[one], started[one], now));
        if (passing.length > 0) expect(overdue, `late when another passes ${head}`).toEqual([]);
        passed = [...passed, ...passing];
        expect(passed.length, `jobs that pass ${head}`).toBeLessThanOrEqual(DEPTH);
      }
    }),
    { numRuns: 60, ...seed },
  );
});

function isLate(one: Work | undefined, started: number | undefined, now: number): boolean {
  return one?.known != null && started !== undefined && started + one.known < now;
}

test('a job with a time limit may pass one that waits, though nothing is known of such work; one without may not', async () => {
  const long = { arrival: 0, gpus: 2, takes: 60_000, known: 60_000 };
  const wide = { arrival: 1, gpus: 4, takes: 1_000, known: null };
  const narrow = { arrival: 2, gpus: 1, takes: 1_000, known: null };
  const limited = await simulate([long, wide, narrow], { pools, backfillDepth: 5, timeout: 20, grace: 1_000 });
  expect(limited.lives.map((life) => life?.started)).toEqual([0, 60_000, 2]);
  const free = await simulate([long, wide, narrow], { pools, backfillDepth: 5 });
  expect(free.lives.map((life) => life?.started)).toEqual([0, 60_000, 61_000]);
});

test('one that is late keeps the others from passing, so that the first one waits for it and for no others', async () => {
  const works = [
    { arrival: 0, gpus: 2, takes: 60_000, known: 60_000 },
    { arrival: 1, gpus: 4, takes: 1_000, known: null },
    { arrival: 2, gpus: 1, takes: 100_000, known: 1_000 },
    { arrival: 500, gpus: 1, takes: 1_000, known: 1_000 },
    { arrival: 5_000, gpus: 1, takes: 1_000, known: 1_000 },
  ];
  const { lives } = await simulate(works, { pools, backfillDepth: 5 });
  expect(lives.map((life) => life?.started)).toEqual([0, 100_002, 2, 500, 101_002]);
});

test('none passes where no more than the first is looked at', async () => {
  const works = [
    { arrival: 0, gpus: 3, takes: 10_000, known: 10_000 },
    { arrival: 1, gpus: 2, takes: 1_000, known: 1_000 },
    { arrival: 2, gpus: 1, takes: 1_000, known: 1_000 },
  ];
  const one = await simulate(works, { pools, backfillDepth: 1 });
  const none = await simulate(works, { pools, backfillDepth: 0 });
  expect(one.lives.map((life) => life?.started)).toEqual([0, 10_000, 2]);
  expect(none.lives.map((life) => life?.started)).toEqual([0, 10_000, 10_000]);
});
