import type { Journal, Transition } from '../../src/journal/contract.ts';

/** A journal in memory whose commits a test can hold, and which a test can break and mend. */
export function controlledJournal() {
  const commits: Transition[][] = [];
  let broken: string | null = null;
  let held: PromiseWithResolvers<void> | null = null;
  const journal: Journal = {
    append: async (transitions) => {
      await held?.promise;
      if (broken !== null) throw new Error(broken);
      commits.push([...transitions]);
    },
    probe: async () => {
      if (broken !== null) throw new Error(broken);
    },
  };
  return {
    journal,
    /** What each commit held, in order. */
    commits,
    break: (reason: string) => {
      broken = reason;
    },
    mend: () => {
      broken = null;
    },
    hold: () => {
      held = Promise.withResolvers();
    },
    release: () => {
      held?.resolve();
      held = null;
    },
  };
}
