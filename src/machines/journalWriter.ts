import { fromCallback } from 'xstate';
import type { Journal, Transition } from '../journal/contract.ts';

export type JournalWriterEvent = { type: 'journal.append'; transition: Transition } | { type: 'journal.probe' };

/** How a commit ended. */
type JournalVerdict =
  | { type: 'journal.committed'; transitions: readonly Transition[] }
  | { type: 'journal.failed'; transitions: readonly Transition[]; reason: string };

/** What the writer tells the scheduler. */
export type JournalFact = JournalVerdict | { type: 'journal.recovered' };

/**
 * The only way into the journal. Commits are grouped: what arrives while one is under way goes into the next, so that
 * a slow disk makes commits larger, not the queue before it longer.
 */
export const journalWriter = fromCallback<JournalWriterEvent, { journal: Pick<Journal, 'append' | 'probe'> }>(
  ({ input: { journal }, receive, sendBack }) => {
    const waiting: Transition[] = [];
    let writing = false;

    const take = (): Transition[] => waiting.splice(0);

    const write = async (): Promise<void> => {
      writing = true;
      while (waiting.length > 0) {
        const transitions = take();
        const fact = await attempt(journal, transitions);
        // What came meanwhile fails too: written now, it would come before what happened earlier.
        sendBack(fact.type === 'journal.failed' ? { ...fact, transitions: [...transitions, ...take()] } : fact);
      }
      writing = false;
    };

    receive((event) => {
      if (event.type === 'journal.probe') {
        void journal.probe().then(
          () => sendBack({ type: 'journal.recovered' } satisfies JournalFact),
          () => {}, // Still broken: the scheduler asks again.
        );
        return;
      }
      waiting.push(event.transition);
      if (!writing) void write();
    });
  },
);

function attempt(journal: Pick<Journal, 'append'>, transitions: readonly Transition[]): Promise<JournalVerdict> {
  return journal.append(transitions).then(
    () => ({ type: 'journal.committed', transitions }),
    (error) => ({
      type: 'journal.failed',
      transitions,
      reason: error instanceof Error ? error.message : String(error),
    }),
  );
}
