import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Blot } from '../files/blot.ts';
import { whereIs } from '../files/openRunFile.ts';
import { createRedactFile, redactTree } from '../files/redact.ts';
import { openFolder } from '../files/walkTree.ts';
import type { PreparedRun } from '../schemas/run.ts';
import { codeOf, reasonOf } from '../thrown.ts';

/**
 * Blots what a run has written: all of its own folder; in a folder that the client named its log, its results and its
 * samples, for what else lies there may be anybody's. What is reached by a link is left alone. May be called again.
 * @param named the folder that the client named, as it was looked up: one that was put in its place is left alone.
 * @param written files that the harness wrote, relative to the output folder.
 * @param onProblem called for each thing that could not be read or blotted, in a line.
 */
export async function blotOutput(
  run: PreparedRun,
  named: string | null,
  written: readonly string[],
  blot: Blot,
  onProblem: (message: string) => void,
): Promise<void> {
  const problem = (path: string, why: unknown) =>
    onProblem(`${blot.text(path)} may show a credential, for it could not be blotted: ${blot.text(reasonOf(why))}`);
  try {
    if (named === null) await blotOwn(run, blot, problem);
    else await blotNamed(named, [relative(run.output, run.log), ...written], blot, problem);
  } catch (error) {
    problem(run.output, error);
  }
}

type OnProblem = (path: string, why: unknown) => void;

async function blotOwn({ output }: PreparedRun, blot: Blot, problem: OnProblem): Promise<void> {
  // The folder itself is no link, unless its run has put one in its place.
  const folder = join(await realpath(dirname(output)), basename(output));
  const root = await openFolder(folder);
  try {
    await redactTree(root, blot, (shown, error) => problem(join(output, shown), error));
  } finally {
    await root.close();
  }
}

async function blotNamed(root: string, paths: readonly string[], blot: Blot, problem: OnProblem): Promise<void> {
  const redactFile = createRedactFile(blot);
  for (const path of paths) {
    try {
      const place = join(root, path);
      const held = await openFolder(dirname(place));
      try {
        // A link on the way leads elsewhere, and what lies there is not the run's.
        if ((await whereIs(held.fd)) !== dirname(place)) continue;
        const [folder, name] = [`/proc/self/fd/${held.fd}`, Buffer.from(basename(place))];
        await redactFile({ folder, name, place: Buffer.from(join(folder, basename(place))) });
      } finally {
        await held.close();
      }
      if (blot.text(path) !== path) throw new Error('its name has a credential');
    } catch (error) {
      const isGone = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
      problem(join(root, path), isGone ? new Error('it is not there any more, and may have another name') : error);
    }
  }
}
