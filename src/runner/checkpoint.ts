import { createHash } from 'node:crypto';
import { lstat, opendir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
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

const look = (file: string, mounts: readonly string[]): Promise<unknown> =>
  through({ folder: mountOf(file, mounts), path: file }, () => stat(file));

function mountOf(path: string, mounts: readonly string[]): string {
  const above = mounts.filter((point) => path.startsWith(`${point}/`));
  return above.reduce((longest, point) => (point.length > longest.length ? point : longest), '/');
}

/** Those of some files that are there. One whose filesystem does not answer in time counts as not there. Never throws. */
export async function findFiles(files: readonly string[]): Promise<ReadonlySet<string>> {
  const unique = [...new Set(files)];
  const mounts = await mountPoints();
  const found = await Promise.allSettled(unique.map((file) => look(file, mounts)));
  return new Set(unique.filter((_, index) => found[index]?.status === 'fulfilled'));
}

/** Files of a checkpoint that are looked at: one has some dozens. */
const MOST_FILES = 1_000;

/**
 * What the folder of a checkpoint has now, as a text that is another one once a training run has written it anew: of names, sizes
 * and times of what lies in it. Null when it cannot be looked at from here, or not in time. Never throws.
 */
export async function checkpointVersion(named: string): Promise<string | null> {
  const folder = resolve(startFolder, named);
  const listed = async () => {
    const lines: string[] = [];
    for await (const { name } of await opendir(folder)) {
      const { size, mtimeMs } = await lstat(join(folder, name));
      lines.push(JSON.stringify([name, size, mtimeMs]));
      if (lines.length === MOST_FILES) break;
    }
    return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
  };
  return through({ folder: mountOf(folder, await mountPoints()), path: folder }, listed).catch(() => null);
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
