import type { DatabaseSync } from 'node:sqlite';
import { isEnd, jobSteps } from '../machines/job/jobSteps.ts';
import type { Journal } from '../machines/ports/journal.ts';
import { keepBeforeMigration } from './beforeMigration.ts';
import { journalFile, openJournalForReading } from './database.ts';
import { DataDirError, prepareDataDir, refuseEmptied } from './dataDir.ts';
import { endedCounter } from './expired.ts';
import { type FolderOptions, inspectFolder, type Settlement } from './folderIdentity.ts';
import { written } from './jobSecrets.ts';
import { lockDataDir } from './lock.ts';
import { createPresence } from './presence.ts';
import { createReader, type JournalReader } from './reader.ts';
import { journalFault } from './sqliteErrors.ts';
import { TIMELINE, timelineOf } from './timeline.ts';
import { startWriter, type Writer } from './writer.ts';

export type JournalOptions = FolderOptions & {
  /**
   * Called once when the journal has ended by itself, and why: nothing is recorded any more, every call that records is
   * refused, and only a new start mends it.
   */
  onFatal?: (message: string) => void;
  /** Called with what was done because the folder was moved, or is a copy that was adopted. */
  onNotice?: (message: string) => void;
};

/**
 * Opens the journal of a data folder, making and migrating it as needed, and takes the folder: no one else can open it
 * until it is closed or this process has ended. A thread writes; questions are answered here, from a connection of
 * their own.
 * @throws DataDirError when it cannot be opened; the message is for the person who starts the server.
 */
export async function openSqliteJournal(
  dataDir: string,
  { onFatal = () => {}, onNotice = () => {}, ...folder }: JournalOptions = {},
): Promise<Journal> {
  await prepareDataDir(dataDir);
  refuseEmptied(dataDir);
  const unlock = lockDataDir(dataDir);
  let writer: Writer | null = null;
  try {
    const settlement = inspectFolder(dataDir, folder);
    const copied = keepBeforeMigration(dataDir);
    writer = await startWriter({ dataDir, settlement, steps: jobSteps }, onFatal);
    for (const notice of [...copied, ...noticesOf(settlement)]) onNotice(notice);
    return opened(dataDir, writer, openJournalForReading(dataDir), unlock);
  } catch (error) {
    await writer?.end();
    unlock();
    if (error instanceof DataDirError) throw error;
    throw new DataDirError(dataDir, journalFault(journalFile(dataDir), error), { cause: error });
  }
}

/** The same questions; what cannot be answered says which file is at fault. */
function explaining(dataDir: string, reader: JournalReader): JournalReader {
  const explain =
    <Given extends unknown[], Answer>(ask: (...given: Given) => Answer) =>
    (...given: Given): Answer => {
      try {
        return ask(...given);
      } catch (error) {
        throw new DataDirError(dataDir, journalFault(journalFile(dataDir), error), { cause: error });
      }
    };
  const asked = Object.entries(reader).map(([name, ask]) => [name, explain(ask as () => unknown)]);
  return Object.fromEntries(asked) as JournalReader;
}

function noticesOf({ moves, adoptedFrom, newerLaunches }: Settlement): string[] {
  if (adoptedFrom !== null) return [`the data folder was a copy of ${adoptedFrom}, and is one of its own from now on`];
  return [
    ...moves.map(({ from, to }) => `what was in ${from} is in ${to} now, and is read there`),
    ...newerLaunches.map(
      ({ jobId, status }) =>
        `the journal is older than the runs: job ${jobId}, ${status} in it, was launched since; that run is looked up, and none is started for it`,
    ),
  ];
}

/** Milliseconds between two points of its time that a journal keeps. */
const KEPT_EVERY = 10 * 60_000;

function opened(dataDir: string, writer: Writer, database: DatabaseSync, unlock: () => void): Journal {
  const presence = createPresence(dataDir);
  const reader = explaining(
    dataDir,
    createReader(database, () => ended),
  );
  const timeline = timelineOf(database);
  const saveSetting: Journal['saveSetting'] = async (name, value) =>
    void (await writer.order({ type: 'saveSetting', name, value }));
  // What is not kept is not counted after the next start: no reason to end.
  const keepTime = () => saveSetting(TIMELINE, timeline.point()).catch(() => {});
  const keeping = setInterval(keepTime, KEPT_EVERY).unref();
  void keepTime();
  const listeners = new Set<() => void>();
  // Counted once, and kept: no one else writes.
  let ended = endedCounter(database)();
  return {
    ...reader,
    monotonic: timeline.monotonic,
    fault: presence,
    append: async (transitions) => {
      await writer.order({ type: 'append', transitions: JSON.stringify(transitions.map(written)) });
      ended += transitions.filter(({ type }) => isEnd(type)).length;
      for (const listener of listeners) listener();
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    saveSetting,
    postponeDelivery: async (number, dueAt, error) =>
      void (await writer.order({ type: 'postponeDelivery', number, dueAt, error })),
    endDelivery: async (number) => void (await writer.order({ type: 'endDelivery', number })),
    probe: async () => void (await writer.order({ type: 'probe' })),
    forget: async (jobIds) => {
      const deleted = await writer.order({ type: 'forget', jobIds });
      ended -= deleted;
      return deleted;
    },
    forgetScores: (before, limit) => writer.order({ type: 'forgetScores', before, limit }),
    close: async () => {
      clearInterval(keeping);
      await keepTime();
      database.close();
      await writer.end().finally(unlock);
    },
  };
}
