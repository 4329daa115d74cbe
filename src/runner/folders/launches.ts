import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';
import { parseNote } from '../../files/parseJson.ts';
import { readFileIfExists } from '../../files/readFileIfExists.ts';
import { type PreparedRun, preparedRunSchema } from '../../schemas/job/run.ts';

const PREPARED = 'prepared.json';
const CONFIG = 'config.json';
/** As `journal/launchedSince.ts` reads it. */
const DEVICES = 'devices.json';
/** As `beginLaunch` writes them. */
const NUMBER = /^[1-9]\d{0,8}$/;

/** The state folder of one launch of a run, and how that run was prepared. */
export type Launch = { state: string; prepared: PreparedRun };

/**
 * Makes the state folder of a new launch, numbered, and notes in it how the run was prepared. There is more than one
 * only after a server ended between the preparation and the launch.
 * @param folder the job's folder of state. @param devices what its run has as its own: a journal that is older than the launch does
 * not know. @throws the system's error.
 */
export async function beginLaunch(
  folder: string,
  prepared: PreparedRun,
  devices: readonly string[] | null = null,
): Promise<string> {
  const state = join(folder, String(((await numbersIn(folder)).at(-1) ?? 0) + 1));
  await mkdir(state, { mode: 0o700 });
  if (devices !== null) await writeFile(join(state, DEVICES), JSON.stringify(devices), { mode: 0o600 });
  // Whole or not at all: a crash may come at any moment.
  await writeFile(join(state, `${PREPARED}.new`), JSON.stringify(prepared), { mode: 0o600 });
  await rename(join(state, `${PREPARED}.new`), join(state, PREPARED));
  return state;
}

/**
 * The last launch of a run that was begun; null when there was none. What else is in the folder is passed over, also
 * a launch that ended before it noted how the run was prepared.
 * @throws when the folder cannot be read.
 */
export async function lastLaunch(folder: string): Promise<Launch | null> {
  for (const number of (await numbersIn(folder)).reverse()) {
    const state = join(folder, String(number));
    const prepared = await readPrepared(join(state, PREPARED));
    if (prepared !== null) return { state, prepared };
  }
  return null;
}

/** Where a launch keeps what its program must be given and may not stand on a command line. */
export const configFile = (state: string): string => join(state, CONFIG);

/** Writes it, for its owner only. @throws the system's error. */
export async function writeConfig(state: string, text: string): Promise<void> {
  await writeFile(configFile(state), text, { flag: 'wx', mode: 0o600 });
}

/** Writes a file of a program of evald's own beside it. @throws the system's error. */
export async function writeProgram(state: string, name: string, text: string): Promise<void> {
  await writeFile(join(state, name), text, { flag: 'wx', mode: 0o600 });
}

/** Deletes that file, of all launches of a job. @param folder the job's folder of state. @throws the system's error. */
export async function deleteConfigs(folder: string): Promise<void> {
  for (const number of await numbersIn(folder)) await rm(configFile(join(folder, String(number))), { force: true });
}

async function readPrepared(path: string): Promise<PreparedRun | null> {
  const text = await readFileIfExists(path);
  return text === null ? null : parseNote(text, preparedRunSchema);
}

/** The numbers taken by launches, ascending. Others may have left files there, even under a number. */
async function numbersIn(folder: string): Promise<number[]> {
  try {
    const names = (await readdir(folder)).filter((name) => NUMBER.test(name));
    return names.map(Number).sort((a, b) => a - b);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
