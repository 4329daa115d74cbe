import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorCode, firstLine } from '../errors.ts';
import { createFileGate } from '../files/fileThreads.ts';
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

/**
 * Looks at checkpoints under way at a time, in all and of one filesystem, and milliseconds for each. They have threads of their own: a
 * filesystem that hangs holds up neither the files of runs nor the checkpoints on others.
 */
const through = createFileGate(6, 2, 10_000);

/** Where filesystems are mounted; where that cannot be read, as if there were one. */
const mountPoints = (): Promise<string[]> =>
  readFile('/proc/self/mounts', 'utf8').then(
    (text) => text.split('\n').flatMap((line) => line.split(' ')[1]?.replaceAll('\\040', ' ') ?? []),
    () => [],
  );

function look(file: string, mounts: readonly string[]): Promise<unknown> {
  const above = mounts.filter((point) => file.startsWith(`${point}/`));
  const folder = above.reduce((longest, point) => (point.length > longest.length ? point : longest), '/');
  return through({ folder, path: file }, () => stat(file));
}

/** Those of some files that are there. One whose filesystem does not answer in time counts as not there. Never throws. */
export async function findFiles(files: readonly string[]): Promise<ReadonlySet<string>> {
  const unique = [...new Set(files)];
  const mounts = await mountPoints();
  const found = await Promise.allSettled(unique.map((file) => look(file, mounts)));
  return new Set(unique.filter((_, index) => found[index]?.status === 'fulfilled'));
}

/** @throws RunError when the checkpoint of a job is not whole, or is gone by now, or cannot be looked at. */
export async function expectCheckpoint({ ready }: Pick<RunJob, 'ready'>): Promise<void> {
  if (ready === undefined) return;
  const { file, seconds } = ready;
  await look(file, await mountPoints()).catch((error) => {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR')
      throw new RunError(`the checkpoint cannot be looked at: ${file} (ready_file): ${firstLine(error)}`);
    const late = seconds === null ? '' : `it did not come within ${seconds} s (ready_timeout), or `;
    throw new RunError(`the checkpoint is not there: ${file} (ready_file); ${late}it was removed before the run`);
  });
}
