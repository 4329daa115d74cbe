import { expect } from 'vitest';

/** Tries until one may fail: others may have the machine for a while. */
const TRIES = 40;
/** Milliseconds that the reference takes on the machine for which limits are set, while it does nothing else. */
const REFERENCE = 10;

const [ROUNDS, WARM] = [8, 20];
let warm = 0;

/** By what milliseconds are measured: `clock`, as a user waits, or `processor`, which is used for nobody else. */
export type Measure = 'clock' | 'processor';

/**
 * Expects that some work can be done within a limit on a machine like that for which the limit was set. What it takes is divided by
 * how much slower this machine is just then, by a piece of work that is measured beside it. The least of many tries counts,
 * for what others do on the machine only adds to it; as soon as it is within the limit, it is tried no more.
 * @param limit milliseconds. @param work gives those that it took. @returns the least, as on that machine.
 */
export async function expectWithin(limit: number, by: Measure, work: () => number | Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least >= limit; tries++) {
    const before = slowness(by);
    const took = await work();
    least = Math.min(least, took / Math.max(before, slowness(by)));
  }
  expect(least).toBeLessThan(limit);
  return least;
}

/** How many times slower this machine is just now than that for which limits are set; 1 where it is faster. */
export function slowness(by: Measure): number {
  // The first times of a process are slower: the code is cold.
  for (; warm < WARM; warm++) reference();
  return Math.max(1, timeOf(reference, by) / REFERENCE);
}

function timeOf(work: () => unknown, by: Measure): number {
  const [start, processor] = [performance.now(), process.threadCpuUsage()];
  // The system counts in ticks of some milliseconds.
  for (let round = 0; round < ROUNDS; round++) work();
  if (by === 'clock') return (performance.now() - start) / ROUNDS;
  const { user, system } = process.threadCpuUsage(processor);
  return (user + system) / 1_000 / ROUNDS;
}

/** Texts, objects, sorting: what most of evald's work is made of. */
function reference(): unknown {
  const rows = Array.from({ length: 10_000 }, (_, n) => ({
    id: `${(n * 7_919) % 10_007}`,
    score: n / 7,
    tags: [`t${n % 9}`],
  }));
  const read: typeof rows = JSON.parse(JSON.stringify(rows));
  return read.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id }) => id.replace(/\d$/, 'x'));
}
