import { machineTime, type Time } from '../../src/runner/engine/backOff.ts';
import type { RayOptions } from '../../src/runner/ray/options.ts';
import type { RayCluster } from './rayCluster.ts';

/** Everything that waits waits a tenth of its time. */
export const hurriedTime: Time = {
  ...machineTime,
  setTimeout: (callback, milliseconds) => machineTime.setTimeout(callback, milliseconds / 10),
};

/** How a server with default settings gives runs to a test's cluster. */
export function rayOptions({ url, tokenFile }: Pick<RayCluster, 'url' | 'tokenFile'>): RayOptions {
  return {
    url,
    tokenFile,
    runtimeEnv: {},
    asksGpus: true,
    cpus: 1,
    sharesFolder: true,
    grace: 1,
    ownOutputs: '/nowhere/outputs',
  };
}
