import fc from 'fast-check';
import { beforeAll, test, vi } from 'vitest';
import { commands } from './commands.ts';
import { Model } from './invariants.ts';
import { System, type SystemOptions } from './system.ts';

/** A seed of an earlier failure, to see it again. */
const seed = process.env['TEST_MODEL_SEED'];
const runs = Number(process.env['TEST_MODEL_RUNS'] ?? 500);

/** Random interleavings of all that can happen, against the reference. A failure prints its seed and the shortest sequence. */
export function testInterleavings(name: string, options: SystemOptions): void {
  // XState's development build warns of each event that comes after the end.
  beforeAll(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });

  test(`${name} does what the reference does, whatever happens in whatever order (${runs} runs)`, async () => {
    const property = fc.asyncProperty(commands, async (sequence) => {
      const system = new System(options);
      await system.scheduler.start();
      await fc.asyncModelRun(() => ({ model: new Model(options), real: system }), sequence);
    });
    const endOnFailure = process.env['TEST_MODEL_SHRINK'] === 'no';
    await fc.assert(property, { numRuns: runs, endOnFailure, ...(seed !== undefined && { seed: Number(seed) }) });
  });
}
