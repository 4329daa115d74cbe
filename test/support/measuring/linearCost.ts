import { expect } from 'vitest';

/**
 * Milliseconds below which nothing is said: collecting the garbage of a large input takes as long, on a machine that others use
 * too. Work that is square is found by it all the same, or takes less than a fifth of a second at the largest size that is allowed.
 */
const FLOOR = 100;
/** Linear work on what is four times as large takes four times as long; what is square takes sixteen times. */
const FACTOR = 8;
const TRIES = 16;
/** Milliseconds by which the system may not have counted yet what a thread has used. */
const TICK = 12;

type Work = () => unknown;

/**
 * Milliseconds of the processor that some work took, of this thread alone: at least, and at most. The system counts in ticks,
 * and the clock what others do on the machine as well.
 */
async function measure(work: Work): Promise<{ least: number; most: number }> {
  const processor = process.threadCpuUsage();
  const start = performance.now();
  await work();
  const passed = performance.now() - start;
  const { user, system } = process.threadCpuUsage(processor);
  const used = (user + system) / 1_000;
  return { least: Math.min(passed, used), most: Math.min(passed, used + TICK) };
}

/**
 * Holds what work costs against what it costs at a quarter of the size. The least of several tries counts, of both, so that
 * neither cold code nor a collection of garbage is a fault: of the larger one at least, of the smaller one at most.
 * @param sizes each four times the one before. @param workOf prepares the work; that is not counted.
 */
export async function expectLinear(
  what: string,
  sizes: readonly number[],
  workOf: (size: number) => Work | Promise<Work>,
): Promise<void> {
  let before: { size: number; work: Work; least: number } | null = null;
  for (const size of sizes) {
    const work = await workOf(size);
    let most = 0;
    let cost = Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && (tries === 0 || cost > most); tries++) {
      // Measured again each time: by now its code is as warm as that of the larger one will be.
      if (before !== null) before.least = Math.min(before.least, (await measure(before.work)).most);
      const measured = await measure(work);
      least = Math.min(least, measured.most);
      cost = Math.min(cost, measured.least);
      most = before === null ? cost : FACTOR * before.least + FLOOR;
    }
    if (before === null) least = Math.min(least, (await measure(work)).most);
    else expect(cost, `${what}: ${cost} ms at ${size}, ${before.least} ms at ${before.size}`).toBeLessThanOrEqual(most);
    before = { size, work, least };
  }
}
