import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { parseNote } from '../../../files/parseJson.ts';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';
import { replaceFile } from '../../../files/writeRunFile.ts';
import type { RunHandle } from '../../../machines/ports/runner.ts';
import type { LaunchSpec } from '../backend.ts';
import { claimOf } from '../shared/claim.ts';
import { runOfState } from '../shared/runOfState.ts';
import { type RayJob, raySubmissionSchema } from './answers.ts';

const rayHandleSchema = z.object({
  backend: z.literal('ray').describe('Whose handle it is'),
  id: z
    .string()
    .describe(
      'The submission id: what runs and the whole id of the job, the part of a split one, then its number if it was taken back before. In handles of earlier versions `evald-` and the id of the job',
    ),
  state: z
    .string()
    .describe("Absolute path of the folder with the run's files; by it Ray's job is known as this very run's"),
  shared: z.boolean().describe('Whether its node sees the folder'),
  log: z.string().describe("Absolute path of the run's log"),
  logStart: z
    .int()
    .describe("Bytes of the log that were there before; what follows comes from Ray's, if it is not shared"),
});

/** Names a run to Ray, and what is ours of it, for good. */
export type RayHandle = z.infer<typeof rayHandleSchema>;

/** Reads a handle made by this backend. @throws when it is not one. */
export function readHandle(handle: RunHandle): RayHandle {
  return rayHandleSchema.parse(handle);
}

/**
 * The submission id of a launch, which is what Ray's lists show of a job: what runs, and the whole id of
 * its job, of which Slurm's have the first characters. Ray has one job of an id at a time, so that an earlier launch of which it is not known whether it
 * arrived keeps this one from running beside it: it has the same, also if an earlier version gave it. One that evald has
 * taken back never runs, and may wait in Ray for long: the next gets an id of its own, with the number of its folder. So
 * does each part of a split job. @throws when it cannot be read what the earlier launch had.
 */
export async function submissionId(
  { jobId, name }: Pick<LaunchSpec, 'jobId' | 'name'>,
  state: string,
): Promise<string> {
  const number = Number(basename(state));
  const before = join(dirname(state), String(number - 1));
  const isTakenBack = number > 1 && (await claimOf(before)) === 'evald';
  const earlier = number > 1 && !isTakenBack ? await notedLaunch(before) : null;
  if (earlier !== null) return earlier.handle.id;
  const { part } = runOfState(state);
  return `${name}:${jobId}${part === null ? '' : `-part-${part}`}${isTakenBack ? `-${number}` : ''}`;
}

/** What Ray keeps with a job of ours, for people and for `isOf`. */
export const metadataOf = (jobId: string, state: string) => ({ evald_job: jobId, evald_state: state });

/** Whether Ray's job is this run, and not an earlier attempt at the same job. */
export function isOf(job: RayJob, handle: RayHandle): boolean {
  return job.metadata?.['evald_state'] === handle.state;
}

const notedSchema = z.object({
  handle: rayHandleSchema,
  submission: raySubmissionSchema.nullable().describe('What Ray was, or is to be, asked; null once the run is over'),
});

/** A launch that was begun. */
export type Noted = z.infer<typeof notedSchema>;

const fileIn = (state: string) => join(state, 'ray.json');

/** Notes a launch before Ray hears of it: a server that finds the folder knows what to ask for. @throws the system's error. */
export async function noteLaunch(launch: Noted): Promise<void> {
  await replaceFile(fileIn(launch.handle.state), JSON.stringify(launch), true);
}

/** The launch that was begun in a state folder; null: none was. @throws when it cannot be read. */
export async function notedLaunch(state: string): Promise<Noted | null> {
  const text = await readFileIfExists(fileIn(state));
  return text === null ? null : parseNote(text, notedSchema);
}
