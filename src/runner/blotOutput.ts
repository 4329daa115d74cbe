import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Blot } from '../files/blot.ts';
import { blotFile } from '../files/blotFile.ts';
import { listFolder } from '../files/listFolder.ts';
import { openInside } from '../files/openInside.ts';
import type { PreparedRun } from '../schemas/run.ts';
import { reasonOf } from '../thrown.ts';

/** Files and folders of a run's own folder that are looked at. */
const MOST_FILES = 200_000;

/**
 * Blots what a run has written: all of its own folder; in a folder that the client named its log, its results and its
 * samples, for what else lies there may be anybody's. What is reached by a link is left alone. May be called again.
 * @param named the folder that the client named, as it was looked up: one that was put in its place is left alone.
 * @param written files that the harness wrote, relative to the output folder.
 * @param onProblem told of each file that could not be blotted.
 */
export async function blotOutput(
  run: PreparedRun,
  named: string | null,
  written: readonly string[],
  blot: Blot,
  onProblem: (message: string) => void,
): Promise<void> {
  const problem = (path: string, why: unknown) =>
    onProblem(`${path} may show a credential, for it could not be blotted: ${reasonOf(why)}`);
  try {
    const { root, paths, isCut } = await filesOf(run, named, written);
    if (isCut) problem(run.output, `it has more than ${MOST_FILES} files`);
    for (const path of paths) await blotPath(root, path, blot).catch((error) => problem(join(root, path), error));
  } catch (error) {
    problem(run.output, error);
  }
}

async function filesOf({ output, log }: PreparedRun, named: string | null, written: readonly string[]) {
  if (named !== null) return { root: named, paths: [relative(output, log), ...written], isCut: false };
  // The folder itself is no link, unless its run has put one in its place.
  const root = join(await realpath(dirname(output)), basename(output));
  const { files, isCut } = await listFolder(root, MOST_FILES, MOST_FILES);
  return { root, paths: files.map(({ path }) => path), isCut };
}

async function blotPath(root: string, path: string, blot: Blot): Promise<void> {
  const file = await openInside(root, path);
  if (file === null) return;
  try {
    await blotFile(file, blot);
  } finally {
    await file.handle.close();
  }
}
