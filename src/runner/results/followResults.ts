import { setTimeout } from 'node:timers/promises';

/** Milliseconds of silence before the first look for results, and the longest between two looks. */
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/**
 * Makes a look of one that reads a lot: it is taken again only when what it would see has changed.
 * @param state what it would see, in few words. @throws as the look; then it is taken the next time.
 */
export function onlyWhenChanged(look: () => Promise<boolean>, state: () => Promise<string>): () => Promise<boolean> {
  let last: string | null = null;
  return async () => {
    const now = await state();
    if (now === last) return false;
    const isThere = await look();
    // What it found may come too late to be reported: then it is to be found again.
    if (!isThere) last = now;
    return isThere;
  };
}

/** Looks for the results of a run that has fallen silent. */
export type ResultsWatch = {
  /** The run has shown something: its silence begins again. */
  output(): void;
  end(): void;
};

/**
 * Reports once that the results of all tasks of a run are there. It looks only while the run is silent, ever more rarely:
 * a run that works writes into its log.
 * @param look whether they are there. A look that fails is one that finds nothing.
 * @param pause waits so many milliseconds, or throws when the signal says so.
 */
export function watchForResults(
  look: () => Promise<boolean>,
  report: () => void,
  pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown> = (milliseconds, signal) =>
    setTimeout(milliseconds, undefined, { signal, ref: false }),
): ResultsWatch {
  let silence = new AbortController();
  let isOver = false;

  const waitIn = async ({ signal }: AbortController): Promise<void> => {
    try {
      for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
        await pause(wait, signal);
        const isThere = await look().catch(() => false);
        if (signal.aborted) return;
        if (!isThere) continue;
        isOver = true;
        report();
        return;
      }
    } catch {
      // The silence is over.
    }
  };

  const begin = () => {
    silence.abort();
    if (isOver) return;
    silence = new AbortController();
    void waitIn(silence);
  };
  begin();
  return {
    output: begin,
    end: () => {
      isOver = true;
      silence.abort();
    },
  };
}
