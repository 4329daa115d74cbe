import { isDeepStrictEqual } from 'node:util';
import { createBackOff, machineTime, type Time } from './backOff.ts';

/**
 * Asks the engine about some runs. Of a run that it leaves out nothing is known this time.
 * @throws when the engine does not answer: then nothing is known of any.
 */
export type Ask<Answer> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Answer>>;

/** Milliseconds to a round that is hurried: what else is about to be asked goes into the same. */
const SOON = 100;

/** Asks an engine about all watched runs, a round at a time. */
export type Poller<Answer> = {
  /**
   * Tells each round's answer about a run until the returned function is called. A run may be watched more than once. The
   * first answer comes soon. What the listener throws is a fault of ours, and not caught.
   */
  watch(key: string, hear: (answer: Answer) => void): () => void;
  /** Something is about to change: the next round comes soon, and the ones after it. */
  hurry(): void;
};

/**
 * One round asks about every watched run. Rounds come a second apart while something changes, and ever later while
 * nothing does or the engine is away, at most 15 s. Without anything to watch there are none.
 */
export function createPoller<Answer>(ask: Ask<Answer>, time: Time = machineTime): Poller<Answer> {
  const watched = new Map<string, Set<(answer: Answer) => void>>();
  const last = new Map<string, Answer>();
  const backOff = createBackOff();
  let timer: unknown = null;
  let isAsking = false;
  let isHurried = false;

  const plan = (wait: number) => {
    if (timer !== null) time.clearTimeout(timer);
    timer = time.setTimeout(round, wait);
  };

  const tell = (answers: ReadonlyMap<string, Answer>): void => {
    for (const [key, answer] of answers) {
      const listeners = watched.get(key);
      if (listeners === undefined) continue;
      if (!last.has(key) || !isDeepStrictEqual(last.get(key), answer)) backOff.reset();
      last.set(key, answer);
      for (const hear of [...listeners]) if (listeners.has(hear)) hear(answer);
    }
  };

  const round = async (): Promise<void> => {
    timer = null;
    isAsking = true;
    isHurried = false;
    const answers = await ask([...watched.keys()]).catch(() => null);
    isAsking = false;
    if (answers !== null) tell(answers);
    if (watched.size > 0 && timer === null) plan(isHurried ? SOON : backOff.next());
  };

  const hurry = () => {
    backOff.reset();
    isHurried = true;
    if (!isAsking && watched.size > 0) plan(SOON);
  };

  return {
    watch(key, hear) {
      const listeners = watched.get(key) ?? new Set();
      watched.set(key, listeners.add(hear));
      hurry();
      return () => {
        listeners.delete(hear);
        if (listeners.size > 0 || watched.get(key) !== listeners) return;
        watched.delete(key);
        last.delete(key);
        if (watched.size > 0 || timer === null) return;
        time.clearTimeout(timer);
        timer = null;
      };
    },
    hurry,
  };
}
