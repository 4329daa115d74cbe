import { join } from 'node:path';
import type { RayOptions } from '../../../src/runner/backends/ray/options.ts';
import { systemTimers, type Timers } from '../../../src/runner/backends/shared/pollSchedule.ts';
import { temporaryFolder } from '../runs/localRun.ts';
import type { RayCluster } from './rayCluster.ts';

/** Everything that waits waits a tenth of its time. */
export const hurriedTime: Timers = {
  ...systemTimers,
  setTimeout: (callback, milliseconds) => systemTimers.setTimeout(callback, milliseconds / 10),
};

/** How a server with default settings gives runs to a test's cluster. */
export function rayOptions({ url, tokenFile }: Pick<RayCluster, 'url' | 'tokenFile'>): RayOptions {
  return {
    url,
    tokenFile,
    runtimeEnv: {},
    asksGpus: true,
    cpus: 1,
    allowedResources: ['accelerator_type:*', 'evald_*'],
    sharesFolder: true,
    grace: 1,
    ownOutputs: '/nowhere/outputs',
  };
}

/** The flags of a server for a test's cluster. */
export const rayFlags = ({ url, tokenFile }: RayCluster): string[] => [
  ...['--backend', 'ray', '--ray-address', url, '--ray-token-file', tokenFile],
];

/** A program that notes that it runs, and goes on until a file is there. */
export async function heldProgram() {
  const folder = await temporaryFolder();
  const [ran, go] = [join(folder, 'ran'), join(folder, 'go')];
  const script = 'echo "$$" >>"$0"; echo ready; while [ ! -e "$1" ]; do sleep 0.05; done; echo done; exit 5';
  const command: [string, ...string[]] = ['sh', '-c', script, ran, go];
  return { command, ran, go };
}
