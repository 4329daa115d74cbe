import { setImmediate } from 'node:timers/promises';

/**
 * Waits until a condition holds, turn by turn of the event loop. It counts turns, not time: on a slow machine each
 * turn takes longer and nothing fails for it. For what other processes do, poll with `eventually`.
 */
export async function until(condition: () => boolean, turns = 10_000): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    if (condition()) return;
    await setImmediate();
  }
  throw new Error(`still not so after ${turns} turns of the event loop: ${condition}`);
}
