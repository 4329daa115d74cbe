import { openRunFile, placeOf, type ReadHandle } from '../files/openRunFile.ts';

/**
 * Opens the log of a run; null when it was deleted or renamed, which says nothing of the run.
 * @throws as `openRunFile`, of a log that its run has exchanged for something else.
 */
export async function openLog(path: string): Promise<ReadHandle | null> {
  return (await openRunFile(...placeOf(path)))?.handle ?? null;
}
