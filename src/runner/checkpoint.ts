import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { throughGate } from '../files/fileThreads.ts';
import { RunError, type RunJob } from '../machines/ports/runner.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import { startFolder } from './folders/workingFolder.ts';

/**
 * The file by which the checkpoint of a request is known to be whole, absolute; null when it names no folder.
 * @param name path below `model_args.pretrained`, which is relative to where runs are started.
 */
export function checkpointFile({ model_args: args }: EvaluateRequest, name: string): string | null {
  const folder = args?.['pretrained'];
  return typeof folder === 'string' && folder !== '' ? resolve(startFolder, folder, name) : null;
}

/** Those of some files that are there. One whose filesystem does not answer in time counts as not there. Never throws. */
export async function findFiles(files: readonly string[]): Promise<ReadonlySet<string>> {
  const unique = [...new Set(files)];
  const found = await Promise.all(unique.map(isThere));
  return new Set(unique.filter((_, index) => found[index]));
}

/** @throws RunError when the checkpoint of a job is not whole, or is gone by now. */
export async function expectCheckpoint({ ready }: Pick<RunJob, 'ready'>): Promise<void> {
  if (ready === undefined || (await isThere(ready.file))) return;
  const late = ready.seconds === null ? '' : `it did not come within ${ready.seconds} s (ready_timeout), or `;
  throw new RunError(`the checkpoint is not there: ${ready.file} (ready_file); ${late}it was removed before the run`);
}

const isThere = (file: string): Promise<boolean> =>
  throughGate({ folder: dirname(file), path: file }, () => stat(file)).then(
    () => true,
    () => false,
  );
