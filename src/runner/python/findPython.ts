import { UnavailableError } from '../../machines/ports/runner.ts';
import { findProgram } from '../findProgram.ts';

/**
 * The Python that has a harness. @param option of the command line by which it is set. @param searchPath `PATH` of a run.
 * @throws UnavailableError that says how to set it.
 */
export async function findPythonWith(
  harness: string,
  option: string,
  python: string,
  searchPath: string | undefined,
): Promise<string> {
  const found = await findProgram(python, searchPath);
  if (found !== null) return found;
  throw new UnavailableError(
    `${python} was not found, or is not executable; set ${option} to a Python that has ${harness}`,
  );
}
