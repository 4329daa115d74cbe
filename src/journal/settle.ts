import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { JobSteps } from '../machines/job/jobSteps.ts';
import { lostWith } from '../machines/runner/parts.ts';
import { FOLDER, type Settlement } from './folderIdentity.ts';
import type { NewerLaunch } from './launchedSince.ts';
import { relocate } from './relocate.ts';
import { partsOf } from './rows.ts';
import { createSaveSetting } from './settings.ts';
import { timelineOf } from './timeline.ts';
import { transaction } from './transaction.ts';
import { createWrite } from './write.ts';

/**
 * Makes a journal what its folder is now: its paths lead here, it knows where it is, and of a copy that was adopted nothing
 * belongs to the original any more.
 */
export function settle(
  database: DatabaseSync,
  { identity, moves, adoptedFrom, newerLaunches }: Settlement,
  steps: JobSteps,
): void {
  const running = database
    .prepare("SELECT job_id, folder_name, started_at, parts FROM jobs WHERE status = 'running'")
    .all();
  if (adoptedFrom !== null) {
    const reason = `it is a run of ${adoptedFrom}, of which this data folder is a copy`;
    const fail = createWrite(database, steps);
    fail(
      running.map((row) => ({
        ...{ type: 'failed' as const, jobId: String(row['job_id']), notify: [] },
        at: Math.max(Date.now(), Number(row['started_at'])),
        outcome: lostWith(partsOf(row), reason),
      })),
    );
    transaction(database, () => database.exec('DELETE FROM deliveries'));
    if (identity.path === identity.runsDir) {
      for (const row of running) {
        removeCopy(identity.path, 'runs', String(row['job_id']));
        removeCopy(identity.path, 'outputs', String(row['folder_name']));
      }
    }
  }
  noteLaunches(database, newerLaunches, steps);
  relocate(database, moves, identity.runsDir);
  createSaveSetting(database)(FOLDER, identity);
}

/**
 * Jobs that were launched, of which the journal does not know: they run, and how is not known. So the server looks for what was launched, as
 * for what it had no time to note, and starts none of them a second time.
 */
function noteLaunches(database: DatabaseSync, launches: readonly NewerLaunch[], steps: JobSteps): void {
  if (launches.length === 0) return;
  const [at, monotonic] = [Date.now(), timelineOf(database).monotonic()];
  createWrite(
    database,
    steps,
  )(
    launches.map(({ jobId, status, devices }) =>
      status === 'queued'
        ? { type: 'started', jobId, at, monotonic, ...(devices !== null && { devices }) }
        : { type: 'withdrawn', jobId, at, monotonic },
    ),
  );
}

/** What was copied of a run in mid-run is of no use and may have its secrets. A link leads to the original's: it stays. */
function removeCopy(dataDir: string, parent: string, name: string): void {
  try {
    if (realpathSync(join(dataDir, parent)) !== join(realpathSync(dataDir), parent)) return;
    rmSync(join(dataDir, parent, name), { recursive: true, force: true });
  } catch {
    // Not copied, or not to be deleted: nothing of evald's depends on it.
  }
}
