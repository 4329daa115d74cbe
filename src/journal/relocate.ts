import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { RefusedFile } from '../files/openRunFile.ts';
import { readFileIfExistsSync } from '../files/readFileIfExists.ts';
import type { JsonValue } from '../schemas/values/json.ts';
import { entriesOf } from './dataDir.ts';
import type { Move } from './folderIdentity.ts';
import { transaction } from './transaction.ts';

/** Whether a folder in that of a job is of one of its parts, or of a later attempt (`runner/folders/runFolders.ts`). */
export const hasLaunches = (name: string): boolean => /^(part|attempt)-\d+$/.test(name);

/** Files of a run's state folder that name folders. */
const PREPARED = 'prepared.json';
const WITH_PATHS = [PREPARED, 'ray.json'];

/** Has the paths of a journal lead to where its folders are now. Words of harnesses and clients stay as they are. */
export function relocate(database: DatabaseSync, moves: readonly Move[], runsDir: string): void {
  if (moves.length === 0) return;
  const rows = database.prepare(
    `SELECT turn, run, outcome, parts, attempts FROM jobs
       WHERE run IS NOT NULL OR outcome IS NOT NULL OR parts IS NOT NULL OR attempts IS NOT NULL`,
  );
  const update = database.prepare('UPDATE jobs SET run = ?, outcome = ?, parts = ?, attempts = ? WHERE turn = ?');
  const launches = database.prepare("SELECT number, data FROM events WHERE type = 'launched'");
  const updateEvent = database.prepare('UPDATE events SET data = ? WHERE number = ?');
  transaction(database, () => {
    for (const { turn, run, outcome, parts, attempts } of rows.iterate()) {
      const next = [
        ...([moved(run, moves, inRun), moved(outcome, moves, inOutcome)] as const),
        ...([moved(parts, moves, inParts), moved(attempts, moves, inParts)] as const),
      ] as const;
      if ([run, outcome, parts, attempts].some((before, at) => next[at] !== before)) update.run(...next, Number(turn));
    }
    for (const { number, data } of launches.iterate()) {
      const next = moved(data, moves, everywhere);
      if (next !== data) updateEvent.run(next, Number(number));
    }
  });
  // A run that was launched and not recorded is found by these.
  for (const row of database.prepare("SELECT job_id FROM jobs WHERE status = 'running'").all()) {
    relocateState(join(runsDir, 'runs', String(row['job_id'])), moves);
  }
}

function relocateState(folder: string, moves: readonly Move[]): void {
  for (const attempt of entriesOf(folder)) {
    if (hasLaunches(attempt)) relocateState(join(folder, attempt), moves);
    for (const name of WITH_PATHS.filter((file) => entriesOf(join(folder, attempt)).includes(file))) {
      const file = join(folder, attempt, name);
      const next = movedNote(file, (text) => moved(text, moves, name === PREPARED ? inPrepared : everywhere));
      if (next === null) continue;
      rmSync(`${file}.moved`, { force: true });
      writeFileSync(`${file}.moved`, next, { mode: 0o600, flag: 'wx' });
      renameSync(`${file}.moved`, file);
    }
  }
}

/** Null when nothing is to be changed: also when a run has put something else there, of which no start is to fail. */
function movedNote(file: string, rewritten: (text: string) => string | null): string | null {
  try {
    const text = readFileIfExistsSync(file);
    const next = text && rewritten(text);
    return next === text ? null : next;
  } catch (error) {
    if (error instanceof RefusedFile || error instanceof SyntaxError) return null;
    throw error;
  }
}

type Rewrite = (value: JsonValue, path: (text: string) => string) => JsonValue;

/** JSON with the paths in it moved; what is none is left. */
function moved(json: unknown, moves: readonly Move[], rewrite: Rewrite): string | null {
  if (typeof json !== 'string') return null;
  if (!moves.some(({ from }) => json.includes(JSON.stringify(from).slice(1, -1)))) return json;
  return JSON.stringify(rewrite(JSON.parse(json), (text) => moveOne(text, moves)));
}

function moveOne(text: string, moves: readonly Move[]): string {
  for (const { from, to } of moves) {
    if (text === from || text.startsWith(`${from}/`)) return to + text.slice(from.length);
  }
  return text;
}

const everywhere: Rewrite = (value, path) => {
  if (typeof value === 'string') return path(value);
  if (Array.isArray(value)) return value.map((item) => everywhere(item, path));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'toldOutput' ? item : everywhere(item, path)]),
  );
};

/** How a run was prepared; its log goes on naming the folder as its program was given it. */
const inPrepared: Rewrite = (value, path) => {
  const next = everywhere(value, path);
  if (!isObject(value) || !isObject(next) || value['output'] === next['output']) return next;
  return { ...next, toldOutput: value['toldOutput'] ?? value['output'] ?? null };
};

const inRun: Rewrite = (value, path) => {
  const next = everywhere(value, path);
  if (!isObject(value) || !isObject(next) || !('prepared' in value)) return next;
  return { ...next, prepared: inPrepared(value['prepared'] ?? null, path) };
};

const isObject = (value: JsonValue): value is { [key: string]: JsonValue } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const inParts: Rewrite = (value, path) =>
  Array.isArray(value)
    ? value.map((part) =>
        isObject(part)
          ? {
              ...part,
              log: everywhere(part['log'] ?? null, path),
              ...('outcome' in part && { outcome: inOutcome(part['outcome'] ?? null, path) }),
            }
          : part,
      )
    : value;

/** Of an outcome only what names files: its lines and reasons are words. */
const inOutcome: Rewrite = (value, path) => {
  if (!isObject(value)) return value;
  const named = ['log', 'result'].filter((key) => key in value);
  const files = Object.fromEntries(named.map((key) => [key, everywhere(value[key] ?? null, path)]));
  return { ...value, ...files, ...('partial' in value && { partial: inOutcome(value['partial'] ?? null, path) }) };
};
