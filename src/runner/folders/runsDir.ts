import { randomUUID } from 'node:crypto';
import { chmod, lstat, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFault } from '../../errors.ts';
import { type FileAccess, openFolderTo, ownersOnly } from '../../files/fileAccess.ts';
import { makeFolder } from '../../files/mkdirBeneath.ts';

/** As much as a run's first files take: a disk that has no room for it has none for a run. */
const TRIAL = Buffer.alloc(16 * 1024);

/** What evald keeps in it. */
const accessOf = (outputs: FileAccess) => [['runs', ownersOnly] as const, ['outputs', outputs] as const];

/**
 * Makes `runs/` and `outputs/` in a folder that others may use too, each for its owner only (0700): what is in them is
 * read and run as evald. @param access which users may read in `outputs/`.
 * @throws Error that names the flag, the folder, and why, also when nothing can be written to them.
 */
export async function prepareRunsDir(runsDir: string, access = ownersOnly): Promise<void> {
  for (const [name, own] of accessOf(access)) {
    const folder = join(runsDir, name);
    try {
      await makeFolder(folder, own);
      const found = await lstat(folder);
      // A link would be followed to wherever another process lets it lead.
      if (!found.isDirectory()) throw new Error('it is a link');
      if (found.uid !== process.geteuid?.()) throw new Error('it belongs to another user');
      if (own.group !== null) await openFolderTo(own, folder);
      else if ((found.mode & 0o077) !== 0) await chmod(folder, own.folders);
      await tryToWrite(folder);
    } catch (error) {
      const remedy = 'it must be a folder of the user that evald runs as, which that may write to';
      throw new Error(`--runs-dir ${runsDir}: ${folder} cannot be used: ${fileFault(error)}; ${remedy}`, {
        cause: error,
      });
    }
  }
}

/** Tries whether something can be written to `runs/` and `outputs/`, which are made if they are gone. @throws the system's error. */
export async function expectWritable(runsDir: string, access = ownersOnly): Promise<void> {
  for (const [name, own] of accessOf(access)) {
    const folder = join(runsDir, name);
    await makeFolder(folder, own);
    await tryToWrite(folder);
  }
}

async function tryToWrite(folder: string): Promise<void> {
  const file = join(folder, `.trial-${randomUUID()}`);
  try {
    await writeFile(file, TRIAL, { flag: 'wx', mode: 0o600 });
  } finally {
    await rm(file, { force: true });
  }
}
