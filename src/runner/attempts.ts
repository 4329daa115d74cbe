import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type PreparedRun, preparedRunSchema } from '../schemas/run.ts';

const PREPARED = 'prepared.json';
const HARNESS = 'harness.json';

const harnessSchema = z.object({
  name: z.string().describe('Which harness evaluates'),
  version: z.string().nullable().describe('Its version at the launch; null when unknown'),
});

/** The harness of a launch. */
export type NotedHarness = z.infer<typeof harnessSchema>;

/** The state folder of one launch of a run, and how that run was prepared (null: the launch never got so far). */
export type Attempt = { state: string; prepared: PreparedRun | null };

/**
 * Makes the state folder of a new launch, numbered, and notes in it how the run was prepared. There is more than one
 * only after a server ended between the preparation and the launch.
 * @param folder the job's folder of state. @throws the system's error.
 */
export async function beginAttempt(folder: string, prepared: PreparedRun): Promise<string> {
  const state = join(folder, String((await numbersIn(folder)).length + 1));
  await mkdir(state, { mode: 0o700 });
  // Whole or not at all: a crash may come at any moment.
  await writeFile(join(state, `${PREPARED}.new`), JSON.stringify(prepared));
  await rename(join(state, `${PREPARED}.new`), join(state, PREPARED));
  return state;
}

/** The last launch of a run that was begun; null when there was none. @throws when the folder cannot be read. */
export async function lastAttempt(folder: string): Promise<Attempt | null> {
  const last = (await numbersIn(folder)).at(-1);
  if (last === undefined) return null;
  const state = join(folder, String(last));
  return { state, prepared: await readPrepared(join(state, PREPARED)) };
}

/** Notes which harness a launch is of: it may be another one when its results are read. @throws the system's error. */
export async function noteHarness(state: string, harness: NotedHarness): Promise<void> {
  await writeFile(join(state, HARNESS), JSON.stringify(harness));
}

/** The harness of the last launch; null when none was noted, or not whole. @param folder the job's folder of state. */
export async function readHarness(folder: string): Promise<NotedHarness | null> {
  try {
    const attempt = await lastAttempt(folder);
    return attempt && harnessSchema.parse(JSON.parse(await readFile(join(attempt.state, HARNESS), 'utf8')));
  } catch {
    return null;
  }
}

async function readPrepared(path: string): Promise<PreparedRun | null> {
  try {
    return preparedRunSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function numbersIn(folder: string): Promise<number[]> {
  try {
    return (await readdir(folder)).map(Number).sort((a, b) => a - b);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
