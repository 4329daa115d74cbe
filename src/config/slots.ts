import type { DevicePool } from '../schemas/engine/devicePool.ts';
import type { Config } from './options.ts';
import { readPools } from './pools.ts';
import { ConfigError } from './readConfig.ts';

/**
 * How many runs at a time, how many of them may not have begun yet (null: any number), and the devices that they are given (null: none
 * are handed out).
 */
export type Slots = { slots: number; maxPending: number | null; pools: DevicePool[] | null };

/**
 * What `--slots`, `--gpus`, `--pool`, `--gpu-sharing`, `--max-running`, `--max-pending` and `--backend` say together. On this machine one
 * run at a time where nothing is said, or as many as there are devices for; on an engine as many as it takes.
 * @param settings with the devices themselves; of `auto` it is only known that there are some (`composition/localDevices.ts`).
 * @throws ConfigError when they contradict each other.
 */
export function readSlots({
  slots,
  backend,
  'max-running': most,
  'max-pending': mostPending,
  ...devices
}: SlotSettings): Slots {
  const pools = readPools(devices);
  if (backend !== 'local') {
    const option = devices.gpus.length > 0 ? '--gpus' : '--pool';
    if (pools !== null)
      throw new ConfigError(`${option} hands out devices of this machine; with --backend ${backend} leave it out`);
    return { slots: slots || most, maxPending: slots ? null : mostPending, pools };
  }
  const maxPending = null;
  // More than there are shares of devices can never run at a time: each job asks for one at least.
  if (pools !== null)
    return { slots: slots || sum(pools.map((pool) => pool.devices.length * pool.shares)), maxPending, pools };
  if (slots === 0)
    throw new ConfigError('--slots 0 is as many as there are devices for or an engine takes; add --gpus or --backend');
  return { slots: slots ?? 1, maxPending, pools };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

type SlotSettings = Pick<Config, 'slots' | 'gpus' | 'pool' | 'gpu-sharing' | 'backend' | 'max-running' | 'max-pending'>;

/**
 * What happens to runs when the server is asked to end. Unless the operator says otherwise an engine keeps them: they are
 * picked up at the next start, so that a restart costs nothing. On this machine they end with the server.
 */
export const shutdownPolicy = ({
  'on-shutdown': said,
  backend,
}: Pick<Config, 'on-shutdown' | 'backend'>): 'stop' | 'leave' => said ?? (backend === 'local' ? 'stop' : 'leave');
