import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { firstLine } from '../errors.ts';
import type { JobSteps } from '../machines/job/jobSteps.ts';
import { JournalContradiction } from '../machines/ports/journal.ts';
import type { JsonValue } from '../schemas/values/json.ts';
import { openJournal } from './database.ts';
import { createDeliveryWriter } from './deliveries.ts';
import type { Settlement } from './folderIdentity.ts';
import { createForget, createForgetScores } from './forget.ts';
import { createScrub, type WrittenTransition } from './jobSecrets.ts';
import { createPresence } from './presence.ts';
import { createProbe, createSaveSetting } from './settings.ts';
import { settle } from './settle.ts';
import { transaction } from './transaction.ts';
import { createWrite } from './write.ts';

/** What the thread gets first; it may have been started long before. */
export type WriterSettings = { dataDir: string; settlement: Settlement; steps: JobSteps };

/** What the server asks of the thread; every order is answered once, in order. */
export type WriterOrder =
  /** `transitions` is JSON of a list of WrittenTransition: cloning objects from thread to thread costs several times as much. */
  | { type: 'append'; transitions: string }
  | { type: 'forget'; jobIds: readonly string[] }
  | { type: 'forgetScores'; before: number; limit: number }
  | { type: 'probe' }
  | { type: 'saveSetting'; name: string; value: JsonValue }
  | { type: 'postponeDelivery'; number: number; dueAt: number; error: string }
  | { type: 'endDelivery'; number: number }
  | { type: 'close' };

/**
 * The order was carried out and is on disk, `deleted` jobs are gone; or nothing of it was done: a `contradiction` is
 * of no use again, a `fault` may pass.
 */
export type WriterAnswer = { kind: 'done'; deleted: number } | { kind: 'fault' | 'contradiction'; reason: string };

if (parentPort === null) throw new Error('this is a thread');
const [{ dataDir, settlement, steps }] = (await once(parentPort, 'message')) as [WriterSettings];
const database = openJournal(dataDir);
settle(database, settlement, steps);
const write = createWrite(database, steps);
const forget = createForget(database);
const forgetScores = createForgetScores(database);
const probe = createProbe(database);
const deliveries = createDeliveryWriter(database);
const saveSetting = createSaveSetting(database);
const scrub = createScrub(database);
// Makes the file of the last changes, if nothing has.
transaction(database, () => {});
const presence = createPresence(dataDir);

/** Milliseconds after which what could not be scrubbed is tried again. */
const AGAIN = 250;
let isScrubDue = false;

// Opened and migrated: the first message says so. A failure until here ends the thread with its error.
answer({ kind: 'done', deleted: 0 });
parentPort.on('message', (order: WriterOrder) => {
  try {
    if (order.type !== 'close') refuseAbsence();
    const deleted = obey(order);
    // Nothing is acknowledged that was written to a file which is gone meanwhile.
    if (order.type !== 'close') refuseAbsence();
    answer({ kind: 'done', deleted });
  } catch (error) {
    answer({ kind: error instanceof JournalContradiction ? 'contradiction' : 'fault', reason: firstLine(error) });
  }
});

/** @throws when the data folder is no longer the one that was opened. */
function refuseAbsence(): void {
  const reason = presence();
  if (reason !== null) throw new Error(reason);
}

function answer(given: WriterAnswer): void {
  parentPort?.postMessage(given);
}

/** @returns how many jobs it has deleted. */
function obey(order: WriterOrder): number {
  switch (order.type) {
    case 'append':
      append(JSON.parse(order.transitions));
      break;
    case 'forget':
      return forget(order.jobIds);
    case 'forgetScores':
      return forgetScores(order.before, order.limit);
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
      isScrubDue = false;
      database.close();
      break;
  }
  return 0;
}

/** What a request keeps back is gone from the files when the end of its job is acknowledged, or soon after. */
function append(transitions: readonly WrittenTransition[]): void {
  // What a commit that failed has written may lie there until it is overwritten.
  const isAtRisk = transitions.some((transition) => transition.type === 'submitted' && transition.secrets !== null);
  let isDone = false;
  try {
    isScrubDue = write(transitions) || isScrubDue;
    isDone = true;
  } finally {
    isScrubDue ||= isAtRisk && !isDone;
    scrubIfDue();
  }
}

function scrubIfDue(): void {
  if (!isScrubDue) return;
  isScrubDue = !scrub();
  if (isScrubDue) setTimeout(scrubIfDue, AGAIN).unref();
}
