import { randomUUID } from 'node:crypto';
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { journalFile, openJournalForReading } from './database.ts';
import { DataDirError } from './dataDir.ts';
import { type FormerLocation, inferFormerLocation, type RunningHandle, runningHandles } from './formerPlace.ts';
import { launchedSince, type NewerLaunch } from './launchedSince.ts';

/** The setting under which a journal keeps whose it is. */
export const FOLDER = 'folder';

const identitySchema = z.object({
  id: z.string().describe('Drawn once for a data folder; a copy has the same until it is adopted'),
  path: z.string().describe('Where the folder was when it was opened last, absolute'),
  runsDir: z.string().describe('Where its runs were, absolute'),
  birth: z
    .string()
    .describe('Inode of the folder and when it was made: it keeps both when it is renamed, a copy has others'),
});

/** By what a data folder is known again. */
export type FolderIdentity = z.infer<typeof identitySchema>;

/** A folder in which paths of the journal lie, and where that is now. */
export type Move = { from: string; to: string };

/** What is to be done to a journal before it is used. */
export type Settlement = {
  identity: FolderIdentity;
  moves: readonly Move[];
  /** The folder whose copy this is, and whose runs are not ours; null when it is none. */
  adoptedFrom: string | null;
  /** Launches of which the journal does not know. */
  newerLaunches: readonly NewerLaunch[];
};

export type FolderOptions = {
  /** The journal, if it is not in its place yet. */
  file?: string;
  /** Folder with `runs/` and `outputs/`; the data folder itself unless said. */
  runsDir?: string;
  /** Whether a copy is to become a folder of its own. */
  adopt?: boolean;
  /** Whether a run may go on, by its handle and where its state folder is now. */
  isAlive?: (handle: unknown, state: string) => boolean;
};

/**
 * Finds out whether a data folder is where and what it was when it was opened last: it may have been moved, put back from a
 * backup, or copied. Reads only.
 * @throws DataDirError when it is a copy of one that is still there, or was moved away from runs that go on.
 */
export function inspectFolder(dataDir: string, options: FolderOptions = {}): Settlement {
  const path = resolve(dataDir);
  const runsDir = resolve(options.runsDir ?? dataDir);
  const here = { path, runsDir, birth: birthOf(path) };
  const { file = journalFile(path) } = options;
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return settled(null, here);
  const database = openJournalForReading(path, file);
  try {
    const before = formerLocationOf(database);
    if (before === null) return { ...settled(null, here), newerLaunches: launchedSince(database, runsDir) };
    const original = originalOf(before, here);
    const isElsewhere =
      original !== null || (before.id !== null && (before.path !== path || before.birth !== here.birth));
    if (options.adopt && isElsewhere) return adopted(before, here, original ?? before.path);
    if (original !== null) throw new DataDirError(dataDir, isACopy(original));
    const running = runningHandles(database);
    if (running.length > 0 && isAnotherName(before, here)) {
      // What runs knows it by the name that it was started with.
      return {
        ...settled(before.id, { ...here, path: before.path ?? path, runsDir: before.runsDir }),
        newerLaunches: launchedSince(database, runsDir),
      };
    }
    const moves = movesOf(before, here);
    refuseLiveRuns(dataDir, moves, running, options.isAlive ?? (() => false));
    return { ...settled(before.id, here), moves, newerLaunches: launchedSince(database, runsDir) };
  } finally {
    database.close();
  }
}

const settled = (id: string | null, here: Omit<FolderIdentity, 'id'>): Settlement => ({
  identity: { id: id ?? randomUUID(), ...here },
  moves: [],
  adoptedFrom: null,
  newerLaunches: [],
});

/** What the journal says of its folder; for one of an earlier version, what its runs tell. Null: nothing does. */
function formerLocationOf(database: DatabaseSync): FormerLocation | null {
  const hasSettings = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'settings'").get() !== undefined;
  const setting = (name: string): unknown => {
    const row = hasSettings ? database.prepare('SELECT value FROM settings WHERE name = ?').get(name) : undefined;
    return row && JSON.parse(String(row['value']));
  };
  const { data: kept } = identitySchema.safeParse(setting(FOLDER));
  if (kept !== undefined) return { ...kept, lastJob: lastJobIn(database) };
  return inferFormerLocation(database, typeof setting('runs-dir') === 'string', lastJobIn(database));
}

/** The folder of which one is a copy, if that one is still there. */
function originalOf(before: FormerLocation, here: Omit<FolderIdentity, 'id'>): string | null {
  const { path, id, lastJob } = before;
  if (path === null || path === here.path || inodeOf(path) === inodeOf(here.path)) return null;
  return isSameJournal(path, id, lastJob) ? path : null;
}

/** Whether one folder is reached by two names, through a link or a mount. */
function isAnotherName({ path }: FormerLocation, here: Omit<FolderIdentity, 'id'>): boolean {
  return path !== null && path !== here.path && inodeOf(path) === inodeOf(here.path);
}

/** A journal that is there and cannot be read may be it: then nothing is risked. */
function isSameJournal(path: string, id: string | null, lastJob: string | null): boolean {
  try {
    if ((statSync(journalFile(path), { throwIfNoEntry: false })?.size ?? 0) === 0) return false;
    const database = openJournalForReading(path);
    try {
      const other = formerLocationOf(database);
      if (id !== null && other?.id) return other.id === id;
      return lastJob !== null && database.prepare('SELECT 1 FROM jobs WHERE job_id = ?').get(lastJob) !== undefined;
    } finally {
      database.close();
    }
  } catch {
    return true;
  }
}

function lastJobIn(database: DatabaseSync): string | null {
  const row = database.prepare('SELECT job_id FROM jobs ORDER BY turn DESC LIMIT 1').get();
  return row === undefined ? null : String(row['job_id']);
}

/** Where paths of the journal lead no more. */
function movesOf(before: FormerLocation, here: Omit<FolderIdentity, 'id'>): Move[] {
  const isOneFolder = before.path === before.runsDir;
  const moves: Move[] = [];
  if (before.path !== null && before.path !== here.path) moves.push({ from: before.path, to: here.path });
  // Runs may have stayed where they were, with a new place for those that come.
  const areGone = before.runsDir !== here.runsDir && inodeOf(before.runsDir) === null;
  if (!isOneFolder && areGone) moves.push({ from: before.runsDir, to: here.runsDir });
  return moves;
}

/** A run that goes on writes where it was started. @throws DataDirError when there is one, and that place is gone. */
function refuseLiveRuns(
  dataDir: string,
  moves: readonly Move[],
  running: readonly RunningHandle[],
  isAlive: (handle: unknown, state: string) => boolean,
): void {
  for (const { jobId, handle, state } of running) {
    const move = moves.find(({ from }) => state.startsWith(`${from}/`));
    if (move === undefined || !isAlive(handle, move.to + state.slice(move.from.length))) continue;
    throw new DataDirError(
      dataDir,
      `it was moved from ${move.from}, and the run of job ${jobId} goes on and writes there: move it back until it has ended, or let the old path lead here (ln -s ${move.to} ${move.from})`,
    );
  }
}

/** @throws DataDirError when the copy would still share files with the original. */
function adopted(before: FormerLocation, here: Omit<FolderIdentity, 'id'>, original: string | null): Settlement {
  if (here.runsDir !== here.path && inodeOf(here.runsDir) === inodeOf(before.runsDir) && original !== here.path) {
    throw new DataDirError(
      here.path,
      `--adopt: the runs of ${original ?? 'the folder that it is a copy of'} are in --runs-dir ${here.runsDir}; name another --runs-dir for the copy`,
    );
  }
  if (here.runsDir === here.path) refuseLinks(here.path);
  const moves = before.path === null || before.path === here.path ? [] : [{ from: before.path, to: here.path }];
  // What was launched there is the original's.
  return {
    identity: { id: randomUUID(), ...here },
    moves,
    adoptedFrom: original ?? 'another folder',
    newerLaunches: [],
  };
}

/** @throws DataDirError when what runs write would still lie elsewhere, maybe with the original's. */
function refuseLinks(path: string): void {
  for (const name of ['runs', 'outputs']) {
    if (!lstatSync(join(path, name), { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    throw new DataDirError(
      path,
      `--adopt: ${name} in it is a link to ${realpathSync(join(path, name))}, which the original may use too; put a folder of the copy's own in its place`,
    );
  }
}

const isACopy = (original: string): string =>
  `it is a copy of ${original}, which is still there and whose runs are not this one's to end: start evald on ${original}; or move that one away, if it is no longer used; or make the copy a server of its own with --adopt: jobs that ran when it was copied then fail as lost here, those that wait wait here too, and webhooks that were due are left to the original`;

/** Names a folder while this machine is up; null when there is none. */
function inodeOf(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? null : `${found.dev} ${found.ino}`;
  } catch {
    return null;
  }
}

/** Names a folder across boots, in which devices may get other numbers. */
function birthOf(path: string): string {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${birthtimeNs}`;
}
