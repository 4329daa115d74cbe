import type { Config } from './options.ts';
import { ConfigError } from './readConfig.ts';

/**
 * How many runs at a time, how many of them may not have begun yet (null: any number), and the devices that they share (null: none
 * are handed out).
 */
export type Slots = { slots: number; maxPending: number | null; devices: string[] | null };

/**
 * What `--slots`, `--gpus`, `--max-running`, `--max-pending` and `--backend` say together. On this machine one run at a time where
 * nothing is said, or as many as there are devices for; on an engine as many as it takes.
 * @throws ConfigError when they contradict each other.
 */
export function readSlots({
  slots,
  gpus,
  backend,
  'max-running': most,
  'max-pending': mostPending,
}: SlotSettings): Slots {
  if (backend !== 'local') {
    if (gpus.length > 0)
      throw new ConfigError(`--gpus hands out devices of this machine; with --backend ${backend} leave it out`);
    return { slots: slots || most, maxPending: slots ? null : mostPending, devices: null };
  }
  // More than there are devices can never run at a time: each job asks for one at least.
  if (gpus.length > 0) return { slots: slots || gpus.length, maxPending: null, devices: gpus };
  if (slots === 0)
    throw new ConfigError('--slots 0 is as many as there are devices for or an engine takes; add --gpus or --backend');
  return { slots: slots ?? 1, maxPending: null, devices: null };
}

type SlotSettings = Pick<Config, 'slots' | 'gpus' | 'backend' | 'max-running' | 'max-pending'>;

/**
 * What happens to runs when the server is asked to end. Unless the operator says otherwise an engine keeps them: they are
 * picked up at the next start, so that a restart costs nothing. On this machine they end with the server.
 */
export const shutdownPolicy = ({
  'on-shutdown': said,
  backend,
}: Pick<Config, 'on-shutdown' | 'backend'>): 'stop' | 'leave' => said ?? (backend === 'local' ? 'stop' : 'leave');
