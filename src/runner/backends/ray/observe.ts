import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';
import type { Exit } from '../../../machines/ports/runner.ts';
import { claimOf } from '../shared/claim.ts';
import { readExit } from '../shared/exitFile.ts';
import { createLimiter } from '../shared/limiter.ts';
import { EngineUnavailableError } from '../shared/unavailable.ts';
import type { RayJob } from './answers.ts';
import type { RayApi } from './api.ts';
import { isOf, notedLaunch, type RayHandle } from './handle.ts';
import { unmetBy } from './resources.ts';

/** What can be seen of a run at one moment: in its folder, if its node shares that, and at Ray. */
export type RayObservation = Files & {
  /** `unknown`: Ray did not say. `missing`: it has no such job. */
  job: RayJob | 'unknown' | 'missing';
  /** Why no node that there is could run it, of one that waits; null: one could, or it is not known. */
  unmet: string | null;
};

/** What can be seen in its folder. */
export type Files = {
  /** As the run's own shell recorded it. */
  exit: Exit | null;
  /** Its shell has seen the last process go. */
  isGone: boolean;
  /** The name of its node, as that says itself. */
  node: string | null;
  /** Which side has claimed the start, as far as that is to be seen. */
  claim: 'run' | 'evald' | null;
};

const AT_A_TIME = 8;

/** Looks at runs. Never throws: what cannot be seen is unknown. */
export async function observeRun(
  runs: ReadonlyMap<string, RayHandle>,
  api: RayApi,
): Promise<Map<string, RayObservation>> {
  const observations = new Map<string, RayObservation>();
  let isHeard = false;
  let unknown = 0;
  const look = async (key: string, handle: RayHandle) => {
    // Some questions that no one answers are enough for a round; one may be due to that job alone.
    const isAway = !isHeard && unknown >= AT_A_TIME;
    const job = isAway ? 'unknown' : await jobOf(handle, api);
    if (job === 'unknown') unknown += 1;
    else isHeard = true;
    // The files last: what is in them is never older than what Ray said.
    observations.set(key, { job, unmet: null, ...(await filesOf(handle)) });
  };
  const limited = createLimiter(AT_A_TIME);
  await Promise.all(Array.from(runs, ([key, handle]) => limited(() => look(key, handle))));
  const waiting = [...observations].filter(([, { job }]) => typeof job === 'object' && job.status === 'PENDING');
  if (waiting.length === 0) return observations;
  const nodes = await api.nodes().catch(() => null);
  for (const [key, observation] of nodes === null ? [] : waiting) {
    const noted = await notedLaunch(runs.get(key)?.state ?? key).catch(() => null);
    const unmet = noted?.submission && nodes && unmetBy(noted.submission, nodes);
    observations.set(key, { ...observation, unmet: unmet ?? null });
  }
  return observations;
}

async function jobOf(handle: RayHandle, api: RayApi): Promise<RayObservation['job']> {
  try {
    const job = await api.job(handle.id);
    return job !== null && isOf(job, handle) ? job : 'missing';
  } catch (error) {
    if (error instanceof EngineUnavailableError) return 'unknown';
    throw error;
  }
}

/** Looks at the files of a run. Never throws: what cannot be seen is unknown. */
export async function filesOf({ state, shared }: RayHandle): Promise<Files> {
  if (!shared) return { exit: null, isGone: false, node: null, claim: null };
  const isGone = await lstat(join(state, 'gone')).then(
    () => true,
    () => false,
  );
  return {
    isGone,
    exit: (await readExit(state).catch(() => null))?.exit ?? null,
    node: await readFileIfExists(join(state, 'identity')).then(
      (text) => /^(\S+) \d+\n$/.exec(text ?? '')?.[1] ?? null,
      () => null,
    ),
    claim: await claimOf(state),
  };
}
