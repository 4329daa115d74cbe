import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Has the names in a folder be on disk: those of files that were made or renamed there. @throws the system's error. */
export function syncFolder(folder: string): void {
  const open = openSync(folder, 'r');
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}
