import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';

/** The home folder of this process's user; null where there is none: no HOME, and no entry in /etc/passwd. */
export function homeFolder(): string | null {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : null;
  } catch {
    return null;
  }
}
