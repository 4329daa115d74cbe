import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seed, simulate, type Work } from './workload.ts';

const callers = ['sweep', 'colleague', 'other'];

const job = fc.record({
  gap: fc.constantFrom(0, 0, 0, 0, 300, 1_500),
  takes: fc.constantFrom(500, 1_000, 2_000),
  caller: fc.constantFrom('sweep', 'sweep', 'sweep', 'colleague', 'other'),
});

function worksOf(drawn: readonly { gap: number; takes: number; caller: string }[]): Work[] {
  let arrival = 0;
  return drawn.map(({ gap, takes, caller }) => {
    arrival += gap;
    return { arrival, gpus: 1, takes, known: null, caller };
  });
}

test('callers that both have jobs waiting start as many as each other, give or take one, and each its own as they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(job, { minLength: 4, maxLength: 14 }), fc.constantFrom(1, 2), async (drawn, slots) => {
      const works = worksOf(drawn);
      const { lives, moments } = await simulate(works, { slots, isFair: true });
      const startOf = (index: number) => lives[index]?.started ?? Number.NaN;
      for (const caller of callers) {
        const own = works.flatMap((one, index) => (one.caller === caller ? [startOf(index)] : []));
        expect(own, `starts of ${caller}`).toEqual(own.toSorted((a, b) => a - b));
      }
      const pairs = callers.flatMap((a, at) => callers.slice(at + 1).map((b) => [a, b] as const));
      for (const [a, b] of pairs) {
        let counts = { a: 0, b: 0 };
        for (const [at, { waiting, running }] of moments.entries()) {
          const before = moments[at - 1];
          const waits = (caller: string, there: readonly number[]) =>
            there.some((index) => works[index]?.caller === caller);
          const isShared = before !== undefined && waits(a, before.waiting) && waits(b, before.waiting);
          const fresh = (caller: string) =>
            running.filter((index) => !before?.running.includes(index) && works[index]?.caller === caller).length;
          counts = isShared ? { a: counts.a + fresh(a), b: counts.b + fresh(b) } : { a: 0, b: 0 };
          // Of two slots that come free at once each may get one.
          expect(Math.abs(counts.a - counts.b), `${a} and ${b} at ${moments[at]?.now}`).toBeLessThanOrEqual(1);
          if (!waits(a, waiting) || !waits(b, waiting)) counts = { a: 0, b: 0 };
        }
      }
    }),
    { numRuns: 60, ...seed },
  );
});

test('the position that is shown is how many start before it, as long as nothing comes and nothing is cancelled', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(job, { minLength: 3, maxLength: 12 }), async (drawn) => {
      const works = worksOf(drawn);
      const { lives, moments } = await simulate(works, { slots: 1, isFair: true });
      const last = works.at(-1)?.arrival ?? 0;
      for (const { now, waiting, positions } of moments) {
        expect(positions, `at ${now}`).toEqual(waiting.map((_, index) => index));
        if (now < last) continue;
        const order = waiting.toSorted((a, b) => (lives[a]?.started ?? 0) - (lives[b]?.started ?? 0));
        expect(waiting, `the order at ${now}`).toEqual(order);
      }
    }),
    { numRuns: 60, ...seed },
  );
});

test('one job of a colleague is next behind a sweep, and last without turns', async () => {
  const sweep = Array.from({ length: 20 }, () => ({ arrival: 0, gpus: 1, takes: 1_000, known: null, caller: 'sweep' }));
  const works = [...sweep, { arrival: 500, gpus: 1, takes: 1_000, known: null, caller: 'colleague' }];
  const fair = await simulate(works, { slots: 1, isFair: true });
  const plain = await simulate(works, { slots: 1 });
  expect([fair.lives.at(-1)?.started, plain.lives.at(-1)?.started]).toEqual([1_000, 20_000]);
});
