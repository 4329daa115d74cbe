import { DatabaseSync } from 'node:sqlite';
import { prepared } from '../../../src/journal/database.ts';
import { createDeliveryWriter } from '../../../src/journal/deliveries.ts';
import { createForget, createForgetScores } from '../../../src/journal/forget.ts';
import { written } from '../../../src/journal/jobSecrets.ts';
import { createReader } from '../../../src/journal/reader.ts';
import { createSaveSetting } from '../../../src/journal/settings.ts';
import { createWrite } from '../../../src/journal/write.ts';
import { jobSteps } from '../../../src/machines/job/jobSteps.ts';
import { type Journal, JournalContradiction, type Transition } from '../../../src/machines/ports/journal.ts';

/** An empty journal: thousands of tests begin with a copy, and migrate nothing. */
const template = prepared(new DatabaseSync(':memory:')).serialize();

/** The real journal on a database in memory, whose commits of transitions a test can hold, and which a test can break and mend. */
export function controlledJournal() {
  const database = new DatabaseSync(':memory:');
  database.deserialize(template);
  prepared(database);
  const commits: Transition[][] = [];
  const listeners = new Set<() => void>();
  const [write, forget, forgetScores, saveSetting] = [
    createWrite(database, jobSteps),
    createForget(database),
    createForgetScores(database),
    createSaveSetting(database),
  ];
  const deliveries = createDeliveryWriter(database);
  let broken: string | null = null;
  let contradiction: string | null = null;
  let held: PromiseWithResolvers<void> | null = null;

  const writing = async <T>(work: () => T): Promise<T> => {
    if (broken !== null) throw new Error(broken);
    if (contradiction !== null) throw new JournalContradiction(contradiction);
    return work();
  };
  const journal: Journal = {
    ...createReader(database),
    fault: () => null,
    monotonic: () => Math.floor(performance.now()),
    append: async (transitions) => {
      await held?.promise;
      await writing(() => write(transitions.map(written)));
      commits.push([...transitions]);
      for (const listener of listeners) listener();
    },
    probe: () => writing(() => {}),
    forget: (jobIds) => writing(() => forget(jobIds)),
    forgetScores: (...given) => writing(() => forgetScores(...given)),
    saveSetting: (name, value) => writing(() => saveSetting(name, value)),
    postponeDelivery: (...given) => writing(() => deliveries.postpone(...given)),
    endDelivery: (number) => writing(() => deliveries.end(number)),
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
  };
  return {
    journal,
    /** What each commit held, in order. */
    commits,
    break: (reason: string) => {
      broken = reason;
    },
    /** Every commit from now on is refused as one that contradicts what is on disk. */
    contradict: (reason: string) => {
      contradiction = reason;
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
