import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { parseNote } from '../files/parseJson.ts';
import { readFileIfExistsSync } from '../files/readFileIfExists.ts';
import { entriesOf } from './dataDir.ts';
import { stateIn } from './formerPlace.ts';
import { hasLaunches } from './relocate.ts';

/** What a launch notes of the devices that its run has as its own (`runner/folders/launches.ts`). */
const DEVICES = 'devices.json';
/** Written last: a launch that has none has started nothing. */
const PREPARED = 'prepared.json';
const NUMBER = /^[1-9]\d{0,8}$/;

const devicesSchema = z.array(z.string().max(200)).max(1_000).describe('Devices that a run has as its own');

/** A launch that is newer than the journal: that was put back from a backup, or its last commits were lost. */
export type NewerLaunch = {
  jobId: string;
  /** As the journal has its job. */
  status: 'queued' | 'running';
  /** What its run has as its own; null: nothing is known of any. */
  devices: readonly string[] | null;
};

/**
 * Finds the jobs that a journal does not know to have been launched, or to have been launched again, by the folders in which
 * launches leave what they are found by. Were these jobs started, they would run a second time. Reads only.
 */
export function launchedSince(database: DatabaseSync, runsDir: string): NewerLaunch[] {
  const runs = join(runsDir, 'runs');
  const jobs = database.prepare(
    `SELECT job_id, status, run FROM json_each(?) AS folders JOIN jobs ON job_id = folders.value
       WHERE status IN ('queued', 'running') ORDER BY turn`,
  );
  const newer: NewerLaunch[] = [];
  for (const { job_id: jobId, status, run } of jobs.iterate(JSON.stringify(entriesOf(runs)))) {
    const folder = join(runs, String(jobId));
    if (status === 'queued') {
      const launch = launchesIn(folder).at(-1);
      if (launch !== undefined) newer.push({ jobId: String(jobId), status, devices: devicesOf(launch) });
      continue;
    }
    // The run that is on record was taken back, and launched again.
    const state = run === null ? '' : stateIn(run);
    const [known, within] = [Number(basename(state)), relativeFolder(state, String(jobId))];
    if (within === null || !launchesOf(join(folder, within)).some((number) => number > known)) continue;
    newer.push({ jobId: String(jobId), status: 'running', devices: null });
  }
  return newer;
}

/** The folder of launches in that of a job's runs, as `.` or `part-2`; null for a path that is none of a launch. */
function relativeFolder(state: string, jobId: string): string | null {
  const mark = `/runs/${jobId}`;
  const at = state.lastIndexOf(`${mark}/`);
  return at < 0 || !NUMBER.test(basename(state)) ? null : join('.', dirname(state).slice(at + mark.length));
}

/** The state folders of the launches of a job, those of each part and attempt in order. */
export function launchesIn(folder: string): string[] {
  return [
    ...launchesOf(folder).map((number) => join(folder, String(number))),
    ...entriesOf(folder)
      .filter(hasLaunches)
      .flatMap((name) => launchesIn(join(folder, name))),
  ];
}

/** The numbers of launches, ascending. */
function launchesOf(folder: string): number[] {
  const numbers = entriesOf(folder).filter((name) => NUMBER.test(name));
  return numbers
    .filter((name) => entriesOf(join(folder, name)).includes(PREPARED))
    .map(Number)
    .sort((a, b) => a - b);
}

function devicesOf(launch: string): readonly string[] | null {
  try {
    const text = readFileIfExistsSync(join(launch, DEVICES));
    return text === null ? null : parseNote(text, devicesSchema);
  } catch {
    // A run has put something else there: no start is to fail for it.
    return null;
  }
}
