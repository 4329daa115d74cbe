import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { errorCode, errorMessage } from '../../errors.ts';
import { whereIs } from '../../files/openRunFile.ts';
import { openFolder } from '../../files/walkTree.ts';
import type { PreparedRun } from '../../schemas/job/run.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { createRedactFile, redactTree } from '../../security/redaction/redactTree.ts';
import { readOutputPath } from '../harnesses/list.ts';
import { listOutput } from './judging/outputFiles.ts';

/** What could not be redacted. */
export type RedactionProblems = {
  /** A line each, of the first ones. */
  named: string[];
  /** How many more there are. */
  more: number;
};

/** Problems that are named. */
const MOST_NAMED = 20;

/**
 * Redacts what a run has written: all of its own folder; in a folder that the client named its log, its results and its
 * samples, for what else lies there may be others'. What is reached by a link is left alone. May be called again.
 * @param named the folder that the client named, as it was looked up: one that was put in its place is left alone.
 * @returns what could not be read or redacted. It never throws.
 */
export async function redactOutput(
  run: PreparedRun,
  named: string | null,
  redactor: Redactor,
): Promise<RedactionProblems> {
  const problems: RedactionProblems = { named: [], more: 0 };
  const problem = (path: string, why: unknown) => {
    if (problems.named.length === MOST_NAMED) problems.more += 1;
    else {
      const [shown, reason] = [redactor.text(path), redactor.text(errorMessage(why))];
      problems.named.push(`${shown} may show a credential, for it could not be redacted: ${reason}`);
    }
  };
  try {
    if (named === null) await redactOwn(run, redactor, problem);
    else await redactNamed(named, await writtenBy(run, problem), redactor, problem);
  } catch (error) {
    problem(run.output, error);
  }
  return problems;
}

/** What a run has written of what it is known for, relative to its folder. */
async function writtenBy({ output, log, before }: PreparedRun, problem: OnProblem): Promise<string[]> {
  const old = new Set(before);
  const listed = await listOutput(output, (path) => readOutputPath(path) !== null).catch((error) => {
    problem(output, error);
    return [];
  });
  return [relative(output, log), ...listed.filter((path) => !old.has(path))];
}

type OnProblem = (path: string, why: unknown) => void;

async function redactOwn({ output }: PreparedRun, redactor: Redactor, problem: OnProblem): Promise<void> {
  // The folder itself is no link, unless its run has put one in its place.
  const folder = join(await realpath(dirname(output)), basename(output));
  const root = await openFolder(folder);
  try {
    await redactTree(root, redactor, (shown, error) => problem(join(output, shown), error));
  } finally {
    await root.close();
  }
}

async function redactNamed(
  root: string,
  paths: readonly string[],
  redactor: Redactor,
  problem: OnProblem,
): Promise<void> {
  const redactFile = createRedactFile(redactor);
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
      if (redactor.text(path) !== path) throw new Error('its name has a credential');
    } catch (error) {
      const isGone = errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR';
      problem(join(root, path), isGone ? new Error('it is not there any more, and may have another name') : error);
    }
  }
}
