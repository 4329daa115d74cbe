import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Journal } from './contract.ts';
import { openJournalForReading } from './database.ts';
import { createReader } from './reader.ts';
import type { WriterAnswer, WriterOrder, WriterSettings } from './writerThread.ts';

/**
 * Opens the journal of a data folder, making and migrating it as needed. A thread writes; questions are answered here,
 * from a connection of their own.
 * @throws when the journal cannot be opened; the message is for the person who starts the server.
 */
export async function openSqliteJournal(dataDir: string): Promise<Journal> {
  const writer = await startWriter({ dataDir });
  const database = openJournalForReading(dataDir);
  const listeners = new Set<() => void>();
  return {
    ...createReader(database),
    append: async (transitions) => {
      await writer.order({ type: 'append', transitions });
      for (const listener of listeners) listener();
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    saveSetting: (name, value) => writer.order({ type: 'saveSetting', name, value }),
    postponeDelivery: (number, dueAt, error) => writer.order({ type: 'postponeDelivery', number, dueAt, error }),
    endDelivery: (number) => writer.order({ type: 'endDelivery', number }),
    probe: () => writer.order({ type: 'probe' }),
    forget: (jobIds) => writer.order({ type: 'forget', jobIds }),
    close: async () => {
      database.close();
      await writer.order({ type: 'close' });
      await writer.end();
    },
  };
}

async function startWriter(settings: WriterSettings) {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./writerThread.${extension}`, import.meta.url), { workerData: settings });
  const open: PromiseWithResolvers<void>[] = [];
  await once(thread, 'message');
  thread.on('message', ({ error }: WriterAnswer) => {
    const order = open.shift();
    if (error === null) order?.resolve();
    else order?.reject(new Error(error));
  });
  thread.on('error', (error) => {
    for (const order of open.splice(0)) order.reject(error);
  });
  return {
    order: (order: WriterOrder): Promise<void> => {
      const answer = Promise.withResolvers<void>();
      open.push(answer);
      thread.postMessage(order);
      return answer.promise;
    },
    end: () => thread.terminate(),
  };
}
