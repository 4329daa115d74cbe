import { fromCallback } from 'xstate';
import { type Journal, JournalContradiction, type Transition } from '../journal/contract.ts';
import { reasonOf } from '../thrown.ts';

export type JournalWriterEvent =
  | { type: 'journal.append'; transitions: readonly Transition[] }
  | { type: 'journal.probe' };

/** What the writer tells the scheduler. */
export type JournalFact =
  | { type: 'journal.committed'; transitions: readonly Transition[] }
  | { type: 'journal.failed'; transitions: readonly Transition[]; reason: string }
  | { type: 'journal.contradicted'; reason: string }
  | { type: 'journal.recovered' };

/**
 * The only way into the journal. Commits are grouped: what arrives at once, or while one is under way, goes into one, so
 * that a slow disk makes commits larger, not the queue before it longer.
 */
export const journalWriter = fromCallback<JournalWriterEvent, { journal: Pick<Journal, 'append' | 'probe'> }>(
  ({ input: { journal }, receive, sendBack }) => {
    let waiting: Transition[] = [];
    let writing = false;

    const write = async (): Promise<void> => {
      writing = true;
      // What the scheduler decides in one step goes into one commit: the end of a run and the start of the next.
      await Promise.resolve();
      while (waiting.length > 0) {
        const transitions = waiting;
        waiting = [];
        const fact = await attempt(journal, transitions);
        // What waits behind a failed commit fails with it: nothing overtakes what could not be written.
        sendBack(
          fact.type === 'journal.failed' ? { ...fact, transitions: [...transitions, ...waiting.splice(0)] } : fact,
        );
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
      waiting.push(...event.transitions);
      if (!writing) void write();
    });
  },
);

function attempt(journal: Pick<Journal, 'append'>, transitions: readonly Transition[]): Promise<JournalFact> {
  return journal.append(transitions).then(
    () => ({ type: 'journal.committed', transitions }),
    (error) => {
      const reason = reasonOf(error);
      return error instanceof JournalContradiction
        ? { type: 'journal.contradicted', reason }
        : { type: 'journal.failed', transitions, reason };
    },
  );
}
