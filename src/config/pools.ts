import { type DevicePool, ONLY_POOL } from '../schemas/engine/devicePool.ts';
import type { Config } from './options.ts';
import { ConfigError } from './readConfig.ts';

/**
 * The devices of this machine by their pools, as `--gpus`, `--pool` and `--gpu-sharing` say together; null: none are handed out.
 * @throws ConfigError when they contradict each other.
 */
export function readPools({ gpus, pool, 'gpu-sharing': sharing }: PoolSettings): DevicePool[] | null {
  if (gpus.length > 0 && pool.length > 0)
    throw new ConfigError('--pool and --gpus both say which devices there are; name all of them with --pool');
  const named = gpus.length > 0 ? [{ name: ONLY_POOL, devices: gpus }] : pool;
  const pools = named.map(({ name, devices }) => ({ name, devices, shares: sharesOf(name, sharing) }));
  const doubled = firstRepeated(pools.map(({ name }) => name));
  if (doubled !== undefined) throw new ConfigError(`--pool ${doubled} is named twice; give all of its devices at once`);
  const device = firstRepeated(pools.flatMap(({ devices }) => devices));
  if (device !== undefined) throw new ConfigError(`--pool has device ${device} in two pools; a device is of one`);
  const unknown = sharing.find(({ pool: name }) => name !== null && !pools.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new ConfigError(`--gpu-sharing names the pool ${unknown.pool}, which no --pool makes`);
  if (pools.length > 0) return pools;
  if (sharing.length > 0)
    throw new ConfigError('--gpu-sharing shares devices that are handed out: add --gpus or --pool');
  return null;
}

type PoolSettings = Pick<Config, 'gpus' | 'pool' | 'gpu-sharing'>;

/** That of its name counts for more than that of all; of several the last. */
function sharesOf(name: string, sharing: PoolSettings['gpu-sharing']): number {
  const own = sharing.findLast(({ pool }) => pool === name) ?? sharing.findLast(({ pool }) => pool === null);
  return own?.shares ?? 1;
}

const firstRepeated = (all: readonly string[]): string | undefined =>
  all.find((one, index) => all.indexOf(one) !== index);
