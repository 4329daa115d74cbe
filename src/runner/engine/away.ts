import { createBackOff, machineTime, type Time, wait } from './backOff.ts';

/** An engine does not answer, or cannot say. No fault of a run: what is asked of it is asked again. */
export class EngineAway extends Error {
  override name = 'EngineAway';
}

/**
 * Asks until the engine answers: again after 1 s, then ever later, at most 15 s.
 * @throws what `ask` throws, unless that says that the engine is away.
 */
export async function untilAnswered<T>(ask: () => Promise<T>, time: Time = machineTime): Promise<T> {
  const backOff = createBackOff();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EngineAway)) throw error;
      await wait(time, backOff.next());
    }
  }
}
