import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Blot } from '../../files/blot.ts';
import { type FoundFile, listFolder } from '../../files/listFolder.ts';
import { isAbsent, type OpenedFile } from '../../files/openFile.ts';
import { openInside } from '../../files/openInside.ts';
import type { JobInfo } from '../../schemas/job.ts';

/** Files that a list names at most. */
const MOST_FILES = 1_000;

/**
 * The files of a job's run: all of its folder when the folder is evald's own; where the client named it, its log, its
 * results and its samples, for what else lies there may be anybody's. A job that never ran has none.
 * @param blot what is not to be seen of their names.
 */
export async function listRunFiles(job: JobInfo, blot: Blot | null): Promise<{ files: FoundFile[]; isCut: boolean }> {
  const { files, isCut } = await filesOf(job);
  if (blot === null) return { files, isCut };
  return { files: files.map((file) => ({ ...file, path: blot.text(file.path) })), isCut };
}

async function filesOf(job: JobInfo): Promise<{ files: FoundFile[]; isCut: boolean }> {
  const root = await rootOf(job);
  if (root === null) return { files: [], isCut: false };
  if (isOwn(job)) return listFolder(root, MOST_FILES);
  const files: FoundFile[] = [];
  for (const path of namedFiles(job)) {
    const file = await openInside(root, path);
    if (file === null) continue;
    files.push({ path, size: file.size, modified: file.modified });
    await file.handle.close();
  }
  return { files, isCut: false };
}

/** Opens one of the files of a job's run; null when it has none of this path. */
export async function openRunFile(job: JobInfo, path: string): Promise<OpenedFile | null> {
  const root = await rootOf(job);
  if (root === null || !(isOwn(job) || namedFiles(job).includes(path))) return null;
  return openInside(root, path);
}

const isOwn = (job: JobInfo): boolean => job.request.output_dir === null;

/** The folder as the system names it; null when there is none. */
async function rootOf(job: JobInfo): Promise<string | null> {
  if (job.log === null) return null;
  const folder = dirname(job.log);
  try {
    // A folder of evald's own is no link, unless its run has put one in its place.
    return isOwn(job) ? join(await realpath(dirname(folder)), basename(folder)) : await realpath(folder);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function namedFiles({ log, result, partial_result }: JobInfo): string[] {
  if (log === null) return [];
  const files = Object.values(result ?? partial_result ?? {}).flatMap(({ results, samples }) => [results, ...samples]);
  return [log, ...files].map((path) => relative(dirname(log), path)).sort();
}
