import { isDeepStrictEqual } from 'node:util';
import { createBackOff, machineTime, type Time } from './backOff.ts';

/**
 * Asks the engine about some runs, each with its key. Of a run that the answer leaves out nothing is known this time.
 * @throws when the engine does not answer: then nothing is known of any.
 */
export type Ask<Run, Answer> = (runs: ReadonlyMap<string, Run>) => Promise<ReadonlyMap<string, Answer>>;

/** Milliseconds to a round that is hurried: what else is about to be asked goes into the same. */
const SOON = 100;

/** Asks an engine about all watched runs, a round at a time. */
export type Poller<Run, Answer> = {
  /**
   * Tells each round's answer about a run until the returned function is called. A run may be watched more than once. The
   * first answer comes soon. What the listener throws is a fault of ours, and not caught.
   */
  watch(key: string, run: Run, hear: (answer: Answer) => void): () => void;
  /** Something is about to change: the next round comes soon, and the ones after it. */
  hurry(): void;
};

/**
 * One round asks about every watched run. Rounds come a second apart while something changes, and ever later while
 * nothing does or the engine is away, at most 15 s. Without anything to watch there are none.
 */
export function createPoller<Run, Answer>(ask: Ask<Run, Answer>, time: Time = machineTime): Poller<Run, Answer> {
  const runs = new Map<string, Run>();
  const listening = new Map<string, Set<(answer: Answer) => void>>();
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
      const listeners = listening.get(key);
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
    const answers = await ask(new Map(runs)).catch(() => null);
    isAsking = false;
    if (answers !== null) tell(answers);
    if (runs.size > 0 && timer === null) plan(isHurried ? SOON : backOff.next());
  };

  const hurry = () => {
    backOff.reset();
    isHurried = true;
    if (!isAsking && runs.size > 0) plan(SOON);
  };

  return {
    watch(key, run, hear) {
      const listeners = listening.get(key) ?? new Set();
      listening.set(key, listeners.add(hear));
      runs.set(key, run);
      hurry();
      return () => {
        listeners.delete(hear);
        if (listeners.size > 0 || listening.get(key) !== listeners) return;
        listening.delete(key);
        runs.delete(key);
        last.delete(key);
        if (runs.size > 0 || timer === null) return;
        time.clearTimeout(timer);
        timer = null;
      };
    },
    hurry,
  };
}
