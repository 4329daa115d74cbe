import { parentPort, workerData } from 'node:worker_threads';
import type { JsonValue } from '../schemas/json.ts';
import type { Transition } from './contract.ts';
import { openJournal } from './database.ts';
import { createDeliveryWriter } from './deliveries.ts';
import { createForget } from './forget.ts';
import { createProbe } from './probe.ts';
import { createSaveSetting } from './settings.ts';
import { createWrite } from './write.ts';

/** What the thread is started with. */
export type WriterSettings = { dataDir: string };

/** What the server asks of the thread; every order is answered once, in order. */
export type WriterOrder =
  | { type: 'append'; transitions: readonly Transition[] }
  | { type: 'forget'; jobIds: readonly string[] }
  | { type: 'probe' }
  | { type: 'saveSetting'; name: string; value: JsonValue }
  | { type: 'postponeDelivery'; number: number; dueAt: number; error: string }
  | { type: 'endDelivery'; number: number }
  | { type: 'close' };

/** Null when the order was carried out and is on disk, else why not: then nothing of it was done. */
export type WriterAnswer = { error: string | null };

const { dataDir }: WriterSettings = workerData;
const database = openJournal(dataDir);
const write = createWrite(database);
const forget = createForget(database);
const probe = createProbe(database);
const deliveries = createDeliveryWriter(database);
const saveSetting = createSaveSetting(database);

// Opened and migrated: the first message says so. A failure until here ends the thread with its error.
parentPort?.postMessage({ error: null } satisfies WriterAnswer);
parentPort?.on('message', (order: WriterOrder) => {
  let error: string | null = null;
  try {
    obey(order);
  } catch (caught) {
    error = caught instanceof Error ? caught.message : String(caught);
  }
  parentPort?.postMessage({ error } satisfies WriterAnswer);
});

function obey(order: WriterOrder): void {
  switch (order.type) {
    case 'append':
      write(order.transitions);
      break;
    case 'forget':
      forget(order.jobIds);
      break;
    case 'probe':
      probe();
      break;
    case 'saveSetting':
      saveSetting(order.name, order.value);
      break;
    case 'postponeDelivery':
      deliveries.postpone(order.number, order.dueAt, order.error);
      break;
    case 'endDelivery':
      deliveries.end(order.number);
      break;
    case 'close':
      database.close();
      break;
  }
}
