import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../errors.ts';

const claimIn = (state: string): string => join(state, 'claim');

/**
 * Makes sure that the program of a run is started by nothing from now on: what is about to start it claims the start
 * first, by making a file of that name.
 *
 * @returns true when the start is ours: it never happened and never will. False when the run was first.
 * @throws when the claim cannot be written.
 */
export async function claimStart(state: string): Promise<boolean> {
  try {
    // A folder, where the run makes a file: which was first can be seen without reading what may be half written.
    await mkdir(claimIn(state));
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return (await lstat(claimIn(state))).isDirectory();
  }
}

/** The claimant of the start: the run, which then starts or has started; evald, which then never lets it; or neither yet. */
export async function claimOf(state: string): Promise<'run' | 'evald' | null> {
  return lstat(claimIn(state)).then(
    (claim) => (claim.isDirectory() ? 'evald' : 'run'),
    () => null,
  );
}
