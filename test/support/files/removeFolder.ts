import { rm } from 'node:fs/promises';

/**
 * Removes a folder of a test with all that is in it; one that is gone is no error. Other processes may still write the last
 * of theirs into it: then it is tried again.
 */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
}
