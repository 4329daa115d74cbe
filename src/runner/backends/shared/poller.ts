import { isDeepStrictEqual } from 'node:util';
import { createPollSchedule, systemTimers, type Timers } from './pollSchedule.ts';

/**
 * Asks the engine about some runs, each with its key. Of a run that the answer leaves out nothing is known this time.
 * @throws when the engine does not answer: then nothing is known of any.
 */
export type Ask<Run, Answer> = (runs: ReadonlyMap<string, Run>) => Promise<ReadonlyMap<string, Answer>>;

/** Milliseconds to a round that is hurried: what else is about to be asked goes into the same. */
const SOON = 100;
/** Milliseconds between two glances. */
const GLANCE = 1_000;

export type PollerOptions<Run, Answer> = {
  time?: Timers;
  /** Milliseconds between two rounds at least, however much they are hurried. */
  rest?: number;
  /** Looks at the runs without asking the engine, every second, also while an answer is awaited. Never throws. */
  glance?: Ask<Run, Answer>;
};

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
 * The one way in which engines are polled. One round asks about every watched run. Rounds come a second apart while
 * something changes, and ever later while nothing does or the engine is away, at most 15 s. Without anything to watch there
 * are none.
 */
export function createPoller<Run, Answer>(
  ask: Ask<Run, Answer>,
  { time = systemTimers, rest = SOON, glance }: PollerOptions<Run, Answer> = {},
): Poller<Run, Answer> {
  const runs = new Map<string, Run>();
  const listening = new Map<string, Set<(answer: Answer) => void>>();
  const last = new Map<string, Answer>();
  const backOff = createPollSchedule();
  let timer: unknown = null;
  let phase: 'idle' | 'soon' | 'asking' | 'resting' | 'waiting' = 'idle';
  let isHurried = false;
  let isGlancing = false;

  const plan = (next: typeof phase, wait: number, then: () => void) => {
    time.clearTimeout(timer);
    phase = next;
    timer = time.setTimeout(then, wait);
  };

  const tell = (answers: ReadonlyMap<string, Answer>): void => {
    for (const [key, answer] of answers) {
      const listeners = listening.get(key) ?? new Set();
      for (const hear of [...listeners]) if (listeners.has(hear)) hear(answer);
    }
  };

  /** What has changed may go on changing. */
  const compare = (answers: ReadonlyMap<string, Answer>): void => {
    for (const [key, answer] of answers) {
      if (!listening.has(key)) continue;
      if (!last.has(key) || !isDeepStrictEqual(last.get(key), answer)) backOff.reset();
      last.set(key, answer);
    }
  };

  const round = async (): Promise<void> => {
    phase = 'asking';
    isHurried = false;
    const answers = await ask(new Map(runs)).catch(() => null);
    phase = 'idle';
    if (answers !== null) {
      compare(answers);
      tell(answers);
    }
    if (runs.size > 0) plan('resting', rest, rested);
  };

  const rested = (): void => {
    const wait = isHurried ? 0 : backOff.next() - rest;
    if (wait <= 0) void round();
    else plan('waiting', wait, round);
  };

  const hurry = () => {
    backOff.reset();
    isHurried = true;
    if (runs.size > 0 && (phase === 'idle' || phase === 'waiting')) plan('soon', SOON, round);
  };

  const glanceAtAll = async (): Promise<void> => {
    const answers = (await glance?.(new Map(runs))) ?? new Map<string, Answer>();
    tell(answers);
    if (answers.size > 0) hurry();
    isGlancing = runs.size > 0;
    if (isGlancing) time.setTimeout(glanceAtAll, GLANCE);
  };

  return {
    watch(key, run, hear) {
      const listeners = listening.get(key) ?? new Set();
      listening.set(key, listeners.add(hear));
      runs.set(key, run);
      hurry();
      if (glance !== undefined && !isGlancing) {
        isGlancing = true;
        time.setTimeout(glanceAtAll, GLANCE);
      }
      return () => {
        listeners.delete(hear);
        if (listeners.size > 0 || listening.get(key) !== listeners) return;
        listening.delete(key);
        runs.delete(key);
        last.delete(key);
        if (runs.size > 0 || phase === 'asking') return;
        time.clearTimeout(timer);
        phase = 'idle';
      };
    },
    hurry,
  };
}
