import { fromCallback } from 'xstate';
import { errorMessage } from '../../errors.ts';
import { type Journal, JournalContradiction, type Transition } from '../ports/journal.ts';

/** `bytes` are those of a submission: absent where there is none. The transitions of one message go into one commit. */
export type JournalWriterEvent =
  | { type: 'journal.append'; transitions: readonly Transition[]; bytes?: number }
  | { type: 'journal.save'; isPaused: boolean; reply: SavedReply }
  | { type: 'journal.probe' };

/** Called once, when it is on disk (null), or with the reason for which it could not be written. */
export type SavedReply = (fault: string | null) => void;

/** What the writer tells the scheduler. */
export type JournalFact =
  | { type: 'journal.committed'; transitions: readonly Transition[] }
  | { type: 'journal.failed'; transitions: readonly Transition[]; reason: string }
  | { type: 'journal.contradicted'; reason: string }
  | { type: 'journal.recovered' }
  | { type: 'queue.paused' | 'queue.resumed'; reply: SavedReply }
  | { type: 'queue.unsaved'; reason: string; reply: SavedReply };

/** Bytes of submissions in one commit: it is in memory several times while it is written. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * The only way into the journal. Commits are grouped: what arrives at once, or while one is under way, goes into one, so
 * that a slow disk makes commits larger, not the queue before it longer.
 */
export const journalWriter = fromCallback<
  JournalWriterEvent,
  { journal: Pick<Journal, 'append' | 'probe' | 'saveSetting'> }
>(({ input: { journal }, receive, sendBack }) => {
  const waiting: { transitions: readonly Transition[]; bytes: number }[] = [];
  let writing = false;

  const next = (): Transition[] => {
    let size = 0;
    const end = waiting.findIndex(({ bytes }, at) => {
      size += bytes;
      return at > 0 && size > MOST_BYTES;
    });
    return waiting.splice(0, end === -1 ? waiting.length : end).flatMap(({ transitions }) => transitions);
  };

  const write = async (): Promise<void> => {
    writing = true;
    // What the scheduler decides in one step goes into one commit: the end of a run and the start of the next.
    await Promise.resolve();
    while (waiting.length > 0) {
      const transitions = next();
      const fact = await attempt(journal, transitions);
      // What waits behind a failed commit fails with it: nothing overtakes what could not be written.
      const behind = fact.type === 'journal.failed' ? waiting.splice(0).flatMap(({ transitions }) => transitions) : [];
      sendBack(fact.type === 'journal.failed' ? { ...fact, transitions: [...transitions, ...behind] } : fact);
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
    if (event.type === 'journal.save') {
      void savePause(journal, event).then(sendBack);
      return;
    }
    const { transitions, bytes = 0 } = event;
    waiting.push({ transitions, bytes });
    if (!writing) void write();
  });
});

/** Whether the queue is paused, for the next server too. */
function savePause(
  journal: Pick<Journal, 'saveSetting'>,
  { isPaused, reply }: { isPaused: boolean; reply: SavedReply },
): Promise<JournalFact> {
  return journal.saveSetting('paused', isPaused).then(
    () => ({ type: isPaused ? 'queue.paused' : 'queue.resumed', reply }),
    (error) => ({ type: 'queue.unsaved', reason: errorMessage(error), reply }),
  );
}

function attempt(journal: Pick<Journal, 'append'>, transitions: readonly Transition[]): Promise<JournalFact> {
  return journal.append(transitions).then(
    () => ({ type: 'journal.committed', transitions }),
    (error) => {
      const reason = errorMessage(error);
      return error instanceof JournalContradiction
        ? { type: 'journal.contradicted', reason }
        : { type: 'journal.failed', transitions, reason };
    },
  );
}
