import type { DatabaseSync } from 'node:sqlite';

/** Where a journal's folder was; what an earlier version did not note is null. */
export type FormerLocation = {
  id: string | null;
  path: string | null;
  runsDir: string;
  birth: string | null;
  /** Its newest job: by it a journal without an id is known. */
  lastJob: string | null;
};

/** Runs that are looked at. */
const LOOKED_AT = 50;

/**
 * Where the folder of a journal was that did not note it, from the paths of its newest runs; null when none tells.
 * @param hasRunsDir whether its runs are in a folder of their own: then nothing tells where the data folder was.
 */
export function inferFormerLocation(
  database: DatabaseSync,
  hasRunsDir: boolean,
  lastJob: string | null,
): FormerLocation | null {
  const rows = database.prepare('SELECT job_id, run FROM jobs WHERE run IS NOT NULL ORDER BY turn DESC LIMIT ?');
  for (const row of rows.all(LOOKED_AT)) {
    const runsDir = folderIn(stateIn(row['run']), `/runs/${String(row['job_id'])}/`);
    if (runsDir !== null) return { id: null, path: hasRunsDir ? null : runsDir, runsDir, birth: null, lastJob };
  }
  return null;
}

/** A run that a journal knows to go on, and its state folder. */
export type RunningHandle = { jobId: string; handle: unknown; state: string };

/** The runs that a journal knows to go on. */
export function runningHandles(database: DatabaseSync): RunningHandle[] {
  const rows = database.prepare("SELECT job_id, run FROM jobs WHERE status = 'running' AND run IS NOT NULL").all();
  return rows.map((row) => ({
    jobId: String(row['job_id']),
    handle: JSON.parse(String(row['run'])).handle,
    state: stateIn(row['run']),
  }));
}

/** The state folder of a run, as its handle has it; empty when it has none. */
export function stateIn(run: unknown): string {
  const { handle } = JSON.parse(String(run)) as { handle?: { state?: unknown } };
  return typeof handle?.state === 'string' ? handle.state : '';
}

function folderIn(path: string, rest: string): string | null {
  const at = path.lastIndexOf(rest);
  return at <= 0 ? null : path.slice(0, at);
}
