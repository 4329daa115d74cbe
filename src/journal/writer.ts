import { SHARE_ENV, type Worker } from 'node:worker_threads';
import { firstLine } from '../errors.ts';
import { JournalContradiction } from '../machines/ports/journal.ts';
import { startOwnThread } from '../ownFiles.ts';
import type { WriterAnswer, WriterOrder, WriterSettings } from './writerThread.ts';

/** The thread that writes the journal. */
export type Writer = {
  /**
   * Has an order carried out. @returns how many jobs it has deleted.
   * @throws JournalContradiction, or another error when it could not be carried out; after the thread has ended, always.
   */
  order(order: WriterOrder): Promise<number>;
  /** Has everything written that was ordered, and ends the thread. */
  end(): Promise<void>;
};

let prepared: Worker | null = null;

/**
 * Starts the thread before it is known what it is to write: it takes as long as loading the rest of the server, and does
 * so meanwhile. It keeps no process alive.
 */
export function prepareWriter(): void {
  prepared ??= newThread();
  prepared.unref();
}

function newThread(): Worker {
  // What is taken out of the environment later is not to stay in a copy.
  return startOwnThread('journal/writerThread', { env: SHARE_ENV });
}

/**
 * Starts the thread that writes the journal, or takes the one that was prepared.
 * @param onFatal called once when the thread has ended by itself, after all that waits was refused.
 * @throws what kept it from opening the journal.
 */
export async function startWriter(settings: WriterSettings, onFatal: (message: string) => void): Promise<Writer> {
  const thread = prepared ?? newThread();
  prepared = null;
  thread.ref();
  thread.postMessage(settings);
  const opened = Promise.withResolvers<number>();
  /** Who waits for an answer, in the order in which they come. */
  const open = [opened];
  let isOpen = false;
  let isClosing = false;
  /** Why nothing is written any more. */
  let ended: Error | null = null;

  const lose = (reason: string): void => {
    if (ended !== null) return;
    ended = new Error(isOpen ? `the thread that writes the journal has ended: ${reason}` : reason);
    for (const waiting of open.splice(0)) waiting.reject(ended);
    if (isOpen && !isClosing) onFatal(ended.message);
  };
  thread.on('message', (answer: WriterAnswer) => {
    const waiting = open.shift();
    if (answer.kind === 'done') waiting?.resolve(answer.deleted);
    else
      waiting?.reject(
        answer.kind === 'contradiction' ? new JournalContradiction(answer.reason) : new Error(answer.reason),
      );
  });
  thread.on('error', (error) => lose(firstLine(error)));
  // An answer that cannot be read is missing from the order of answers.
  thread.on('messageerror', (error) => lose(firstLine(error)));
  thread.on('exit', (code) => lose(`exit code ${code}`));

  const order = (given: WriterOrder): Promise<number> => {
    if (isClosing) return Promise.reject(new Error('the journal is closed'));
    if (ended !== null) return Promise.reject(ended);
    const answer = Promise.withResolvers<number>();
    thread.postMessage(given);
    open.push(answer);
    return answer.promise;
  };
  await opened.promise;
  isOpen = true;
  return {
    order,
    end: async () => {
      const closed = order({ type: 'close' });
      isClosing = true;
      try {
        await closed;
      } catch (error) {
        // A thread that has ended by itself has nothing left to write.
        if (error !== ended) throw error;
      } finally {
        await thread.terminate();
      }
    },
  };
}
