import { relative } from 'node:path';
import { SilentFilesystem, throughGate } from '../../files/fileThreads.ts';
import { jobFolder, logPathsOf } from '../../files/jobFolder.ts';
import { type FoundFile, listFolder } from '../../files/listFolder.ts';
import {
  isAbsent,
  type OpenedFile,
  openRunFile as openInFolder,
  RefusedFile,
  rootOf,
} from '../../files/openRunFile.ts';
import { EvaldError } from '../../schemas/errors/errors.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import { maskedNames } from '../../schemas/secrets/secretRequest.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';

/** Files that a list names at most. */
const MOST_FILES = 1_000;

/**
 * The files of a job's run: all of its folder when the folder is evald's own; where the client named it, its log, its
 * results and its samples, for what else lies there may be anybody's. A job that never ran has none.
 * @param redactor what is not to be seen of their names.
 */
export async function listRunFiles(
  job: JobInfo,
  redactor: Redactor | null,
): Promise<{ files: FoundFile[]; isCut: boolean }> {
  const { files, isCut } = await filesOf(job);
  if (redactor === null) return { files, isCut };
  return { files: files.map((file) => ({ ...file, path: redactor.text(file.path) })), isCut };
}

async function filesOf(job: JobInfo): Promise<{ files: FoundFile[]; isCut: boolean }> {
  const folder = jobFolder(job);
  if (folder === null) return { files: [], isCut: false };
  if (folder.isOwn) {
    const asked = { folder: folder.path, path: folder.path };
    const listing = throughGate(asked, async () => listFolder(await rootOf(folder), MOST_FILES));
    return orRefusal(listing).catch((error) => {
      if (isAbsent(error)) return { files: [], isCut: false };
      throw error;
    });
  }
  const files: FoundFile[] = [];
  for (const path of namedFiles(job)) {
    // What is not shown is not named.
    const file = await openInFolder(folder, path).catch((error) => {
      if (error instanceof RefusedFile) return null;
      return orRefusal(Promise.reject(error));
    });
    if (file === null) continue;
    files.push({ path, size: file.size, modified: file.modified });
    await file.handle.close();
  }
  return { files, isCut: false };
}

/**
 * Opens one of the files of a job's run; null when it has none of this path.
 * @throws EvaldError `outputMissing` when what is there is not read, `outputUnreadable` when its disk does not answer.
 */
export async function openRunFile(job: JobInfo, path: string): Promise<OpenedFile | null> {
  const folder = jobFolder(job);
  if (folder === null || !(folder.isOwn || namedFiles(job).includes(path))) return null;
  return orRefusal(openInFolder(folder, path));
}

/** Opens a log of a job; null when there is none, or it was deleted. @param log its path. @throws as `openRunFile`. */
export async function openLog(job: JobInfo, log: string | null): Promise<OpenedFile | null> {
  const folder = jobFolder(job);
  return folder === null || log === null ? null : openRunFile(job, relative(folder.path, log));
}

/** What a client reads of a file that is there and is not shown. */
export const refusalOf = ({ message }: RefusedFile): EvaldError =>
  new EvaldError('outputMissing', `What is there is no file of the run that can be shown: ${message}`);

async function orRefusal<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof RefusedFile) throw refusalOf(error);
    if (error instanceof SilentFilesystem) throw new EvaldError('outputUnreadable', error.message);
    throw error;
  }
}

function namedFiles(job: JobInfo): string[] {
  const { result, partial_result, imported, request } = job;
  const root = jobFolder(job)?.path;
  if (root === undefined) return [];
  const files = Object.values(result ?? partial_result ?? {}).flatMap(({ results, samples }) => [results, ...samples]);
  // Of an earlier run nothing is changed: a results file with credentials in what was asked is not shown.
  const hidden = imported !== null && maskedNames(request) !== null ? imported : null;
  return [...logPathsOf(job), ...files]
    .filter((path) => path !== hidden)
    .map((path) => relative(root, path))
    .sort();
}
