import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseNote } from '../../files/parseJson.ts';
import { readFileIfExists } from '../../files/readFileIfExists.ts';
import { replaceFile } from '../../files/writeRunFile.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import type { Outcome } from '../../schemas/job/outcome.ts';
import type { Provenance } from '../../schemas/job/provenance.ts';
import { lastLaunch } from '../folders/launches.ts';
import { stateFolder } from '../folders/runFolders.ts';
import type { Harness } from '../harnesses/contract.ts';

const HARNESS = 'harness.json';

const harnessSchema = z.object({
  name: z.string().describe('Which harness evaluates'),
  version: z.string().nullable().describe('Its version at the launch; null when unknown'),
  warm: z.boolean().optional().describe('Whether the run was started warm; absent: it was not'),
});

/** The harness of a launch. */
type NotedHarness = z.infer<typeof harnessSchema>;

/**
 * Adds to what made the numbers, of a failed run too, which harness it was: by what was noted at its launch, else the one
 * there is.
 */
export async function withHarness(outcome: Outcome, harness: Harness, folder: string): Promise<Outcome> {
  const numbers = outcome.status === 'completed' ? outcome : outcome.partial;
  if (numbers?.provenance === undefined) return outcome;
  const provenance = await madeBy(numbers.provenance, harness, folder);
  if (outcome.status === 'completed') return { ...outcome, provenance };
  return { ...outcome, partial: { ...numbers, provenance } };
}

async function madeBy(provenance: Provenance, harness: Harness, folder: string): Promise<Provenance> {
  const noted = await readHarness(folder);
  const name = noted?.name ?? harness.name;
  const isThis = noted === null || noted.name === harness.name;
  const version = noted?.version ?? (isThis ? await harness.version() : null);
  const started = noted?.warm ? { started_warm: true } : {};
  return { ...provenance, ...started, harness: name, harness_version: version ?? provenance.harness_version };
}

/**
 * Notes which harness a launch is of, and that it was started warm, for the reader of its results. A courtesy: nothing depends on it, and
 * the version is asked for beside the run, which need not wait for a Python's start.
 */
export async function noteLaunch(harness: Harness, state: string, isWarm: boolean): Promise<void> {
  const { name } = harness;
  const warm = isWarm ? { warm: true } : {};
  // A warm run may have ended before the answer.
  if (isWarm) await noteHarness(state, { name, version: null, ...warm }).catch(() => {});
  // The run may be over, and its folder gone.
  void harness
    .version()
    .then((version) => noteHarness(state, { name, version, ...warm }))
    .catch(() => {});
}

/** Notes which harness a launch is of: it may be another one when its results are read. @throws the system's error. */
async function noteHarness(state: string, harness: NotedHarness): Promise<void> {
  await replaceFile(join(state, HARNESS), JSON.stringify(harness));
}

/**
 * The harness of a job: of its last attempt of which one is noted, of a split one that of the first part of which one is.
 * @param runsDir as `stateFolder`.
 */
export async function readJobHarness(
  runsDir: string,
  { job_id: id, parts, attempts }: Pick<JobInfo, 'job_id' | 'parts' | 'attempts'>,
): Promise<NotedHarness | null> {
  const begun = parts?.filter(({ log }) => log !== null).map(({ number }) => number) ?? [undefined];
  for (const part of begun) {
    const failed = attempts.filter((attempt) => attempt.part === (part ?? null)).length;
    for (let attempt = failed + 1; attempt >= 1; attempt--) {
      const noted = await readHarness(stateFolder(resolve(runsDir), id, part, attempt));
      if (noted !== null) return noted;
    }
  }
  return null;
}

/** The harness of the last launch; null when none was noted, or not whole. @param folder the job's folder of state. */
export async function readHarness(folder: string): Promise<NotedHarness | null> {
  try {
    const launch = await lastLaunch(folder);
    const text = launch && (await readFileIfExists(join(launch.state, HARNESS)));
    return text === null ? null : parseNote(text, harnessSchema);
  } catch {
    return null;
  }
}
