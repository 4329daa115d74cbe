import { join, resolve } from 'node:path';
import type { RunFolder } from '../../files/openRunFile.ts';
import type { RunFolders } from '../../machines/ports/runner.ts';
import type { PreparedRun } from '../../schemas/job/run.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import { outputsOf } from './outputFolders.ts';
import { inside } from './ownFolders.ts';
import { resolveFolder } from './resolveFolder.ts';

/** The folder that a run writes to. */
export const writtenFolder = ({ output, ownOutput }: PreparedRun): RunFolder => ({ path: output, isOwn: ownOutput });

export type RunFolderPaths = ReturnType<typeof createRunFolders>;

/**
 * Where runs of a server write, and where what evald notes of them lies.
 * @param runsDir absolute. @param outputRoots folders in which clients may name one, absolute; null: anywhere.
 */
export function createRunFolders(runsDir: string, outputRoots: readonly string[] | null) {
  const lookedUp = new WeakMap<EvaluateRequest, string>();
  const [outputs, states] = [outputsOf(runsDir), join(runsDir, 'runs')];

  /** The run's own folder, for when its client named none. */
  const ownOutputOf = ({ folderName }: RunFolders): string => inside(outputs, folderName);

  return {
    ownOutputOf,
    /** The folder of state of a job: one of each launch, and what is noted of all. */
    stateOf: ({ jobId }: Pick<RunFolders, 'jobId'>): string => inside(states, jobId),
    /** As `Runs.folderOf`. */
    folderOf(request: EvaluateRequest): string | null {
      if (!request.output_dir) return null;
      const folder = lookedUp.get(request) ?? resolveFolder(request.output_dir);
      lookedUp.set(request, folder);
      return folder;
    },
    /** The folder that its harness is given. @param lookUp follows the links of the one that was named. */
    outputOf(job: RunFolders, lookUp: (named: string) => string): string {
      const { output_dir: named } = job.request;
      if (!named) return ownOutputOf(job);
      return outputRoots === null ? resolve(named) : lookUp(named);
    },
  };
}
