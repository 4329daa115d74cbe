import { join, resolve } from 'node:path';
import type { RunFolder } from '../../files/openRunFile.ts';
import type { RunFolders } from '../../machines/ports/runner.ts';
import { partFolder } from '../../schemas/job/part.ts';
import type { PreparedRun } from '../../schemas/job/run.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import { outputsOf } from './outputFolders.ts';
import { inside, removeFolder } from './ownFolders.ts';
import { resolveFolder } from './resolveFolder.ts';

/** The folder that a run writes to. */
export const writtenFolder = ({ output, ownOutput }: PreparedRun): RunFolder => ({ path: output, isOwn: ownOutput });

/** An attempt at a job, or at a part of it; the first unless said. */
export type StateOwner = { jobId: string; part?: { number: number }; attempt?: number };

export type RunFolderPaths = ReturnType<typeof createRunFolders>;

/**
 * Where runs of a server write, and where what evald notes of them lies.
 * @param runsDir absolute. @param outputRoots folders in which clients may name one, absolute; null: anywhere.
 */
export function createRunFolders(runsDir: string, outputRoots: readonly string[] | null) {
  const lookedUp = new WeakMap<EvaluateRequest, string>();
  const outputs = outputsOf(runsDir);

  /** The folder of a part in that of its job; of a job with one run for all tasks that folder itself. */
  const ofPart = ({ part }: RunFolders, folder: string): string =>
    part === undefined ? folder : inside(folder, partFolder(part.number, part.task));

  /** The run's own folder, for when its client named none. */
  const ownOutputOf = (job: RunFolders): string => ofPart(job, inside(outputs, job.folderName));

  /** As `Runs.folderOf`. */
  const folderOf = (request: EvaluateRequest): string | null => {
    if (!request.output_dir) return null;
    const folder = lookedUp.get(request) ?? resolveFolder(request.output_dir);
    lookedUp.set(request, folder);
    return folder;
  };

  return {
    ownOutputOf,
    /** The folder of state of an attempt at a job, or at a part of it: one of each launch, and what is noted of all. */
    stateOf: (job: StateOwner): string => stateFolder(runsDir, job.jobId, job.part?.number, job.attempt),
    folderOf,
    /** The folder of a run in the one that its client named, as that was looked up for its job; null: none was named. */
    namedFor(job: RunFolders): string | null {
      const folder = folderOf(job.part?.of ?? job.request);
      return folder && ofPart(job, folder);
    },
    /** The same as its client spells it. */
    spelledFor: (job: RunFolders): string => ofPart(job, job.request.output_dir ?? ''),
    /** The folder that its harness is given. @param lookUp follows the links of the one that was named. */
    outputOf(job: RunFolders, lookUp: (named: string) => string): string {
      const { output_dir: named } = job.request;
      if (!named) return ownOutputOf(job);
      return ofPart(job, outputRoots === null ? resolve(named) : lookUp(named));
    },
  };
}

/** Deletes what belongs to evald of a job's run. @throws RunError that names the folder that cannot be deleted. */
export async function discardRun({ ownOutputOf, stateOf }: RunFolderPaths, job: RunFolders): Promise<void> {
  if (!job.request.output_dir) await removeFolder(ownOutputOf(job));
  await removeFolder(stateOf(job));
}

/**
 * The folder of state of a job, or of a part of it. Each attempt has its own: the run of one that has failed is not found for the next.
 * @param part its number, from 1. @param attempt likewise; that of the first is the one that all others lie in.
 */
export function stateFolder(runsDir: string, jobId: string, part?: number, attempt = 1): string {
  const folder = inside(join(runsDir, 'runs'), jobId);
  const ofPart = part === undefined ? folder : join(folder, `part-${part}`);
  return attempt === 1 ? ofPart : join(ofPart, `attempt-${attempt}`);
}
