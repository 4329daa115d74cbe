import { chmod, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../files/makeFolder.ts';
import { reasonOf } from '../thrown.ts';

/**
 * Makes `runs/` and `outputs/` in a folder that others may use too, each for its owner only (0700): what is in them is
 * read and run as evald.
 * @throws Error that names the flag, the folder, and why.
 */
export async function prepareRunsDir(runsDir: string): Promise<void> {
  for (const name of ['runs', 'outputs']) {
    const folder = join(runsDir, name);
    try {
      await makeFolder(folder, 0o700);
      const found = await lstat(folder);
      // A link would be followed to wherever somebody else lets it lead.
      if (!found.isDirectory()) throw new Error('it is a link');
      if (found.uid !== process.geteuid?.()) throw new Error('it belongs to another user');
      if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
    } catch (error) {
      const reason = reasonOf(error);
      throw new Error(`--runs-dir ${runsDir}: ${folder} cannot be used: ${reason}`, { cause: error });
    }
  }
}
