import { createPollSchedule, systemTimers, type Timers, wait } from './pollSchedule.ts';

/** An engine does not answer, or cannot say. No fault of a run: what is asked of it is asked again. */
export class EngineUnavailableError extends Error {
  override name = 'EngineAway';
}

/**
 * Asks until the engine answers: again after 1 s, then ever later, at most 15 s.
 * @throws what `ask` throws, unless that says that the engine is away.
 */
export async function untilAnswered<T>(ask: () => Promise<T>, time: Timers = systemTimers): Promise<T> {
  const backOff = createPollSchedule();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      await wait(time, backOff.next());
    }
  }
}
