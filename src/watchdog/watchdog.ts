import type { Config } from '../config/options.ts';
import { startOwnThread } from '../ownFiles.ts';
import { type Watched, watched } from './activity.ts';

/** What the thread is given. */
export type WatchdogSettings = { watched: Watched; seconds: number; format: Config['log-format'] };

/** MiB of memory that are enough for the thread. */
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

/**
 * Starts the thread that ends this process when its event loop has been blocked for so many seconds; 0: none. It needs a
 * heartbeat. Only for a process that is evald's own. What runs goes on, and is picked up at the next start.
 * @param onProblem called when the thread cannot watch. @param format of its last line.
 * @returns ends the thread.
 */
export function startWatchdog(
  seconds: number,
  onProblem: (message: string) => void,
  format: Config['log-format'] = 'text',
): () => Promise<unknown> {
  if (seconds === 0) return async () => {};
  const settings: WatchdogSettings = { watched, seconds, format };
  // Nothing that was loaded before this process, or is in its environment, is of use there.
  const thread = startOwnThread('watchdog/watchdogThread', {
    workerData: settings,
    execArgv: [],
    env: {},
    resourceLimits: MEMORY,
  });
  thread.unref();
  thread.on('error', (error) => onProblem(`the watchdog has ended: ${error}`));
  return () => thread.terminate();
}
