import { expect } from 'vitest';

/** Milliseconds below which nothing is said: a collection of garbage takes as long, and so does a tick of the system's clock. */
const FLOOR = 20;
/** Linear work on what is four times as large takes four times as long; what is square takes sixteen times. */
const FACTOR = 8;
const TRIES = 8;

type Work = () => unknown;

/** Milliseconds that some work took: by the clock, and of the processor, for this thread alone and in the system's ticks. */
async function measure(work: Work): Promise<{ passed: number; used: number }> {
  const processor = process.threadCpuUsage();
  const start = performance.now();
  await work();
  const passed = performance.now() - start;
  const { user, system } = process.threadCpuUsage(processor);
  return { passed, used: (user + system) / 1_000 };
}

/**
 * Holds what work costs against what it costs at a quarter of the size. The least of several tries counts, of both, so that
 * neither cold code nor what others do on the machine is a fault; of the larger one processor time counts if that is less.
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
      if (before !== null) before.least = Math.min(before.least, (await measure(before.work)).passed);
      const { passed, used } = await measure(work);
      least = Math.min(least, passed);
      cost = Math.min(cost, passed, used);
      most = before === null ? cost : FACTOR * before.least + FLOOR;
    }
    if (before === null) least = Math.min(least, (await measure(work)).passed);
    else expect(cost, `${what}: ${cost} ms at ${size}, ${before.least} ms at ${before.size}`).toBeLessThanOrEqual(most);
    before = { size, work, least };
  }
}
