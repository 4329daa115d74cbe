import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isLauncherThere } from './local/handle.ts';

/**
 * Whether a run may go on: on this machine while its launcher is alive; on an engine, which is not asked, until it has
 * recorded its end. @param handle as its backend made it. @param state where its state folder is now.
 */
export function mayGoOn(handle: unknown, state: string): boolean {
  const { backend }: { backend?: unknown } = Object(handle);
  const isOnEngine = typeof backend === 'string' && backend !== 'local';
  return isOnEngine ? !existsSync(join(state, 'exit')) : isLauncherThere(handle);
}
