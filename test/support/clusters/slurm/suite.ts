import { afterAll, beforeAll } from 'vitest';
import type { Backend } from '../../../../src/runner/backends/backend.ts';
import type { Timers } from '../../../../src/runner/backends/shared/pollSchedule.ts';
import { createSlurmBackend, type SlurmSettings } from '../../../../src/runner/backends/slurm/backend.ts';
import { slurm, slurmdbd } from '../../needs.ts';
import { type SlurmCluster, startSlurmCluster } from '../slurmCluster.ts';
import type { Size } from './configuration.ts';

/** Five times as fast as the machine's: a small cluster may be asked more often. */
const hasty: Timers = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds / 5),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** A cluster for the tests of a suite, and backends on it. Called in the suite. */
export function withCluster(size: Partial<Size> = {}) {
  let started: SlurmCluster | null = null;
  beforeAll(async () => {
    const need = size.accounting ? slurmdbd : slurm;
    if (need.present) started = await startSlurmCluster(size);
  });
  afterAll(() => started?.stop());

  const cluster = (): SlurmCluster => {
    if (started === null) throw new Error('there is no cluster');
    return started;
  };
  return {
    cluster,
    /** A backend as of a server that was just started. */
    backend: (settings: Partial<SlurmSettings> = {}): Backend =>
      createSlurmBackend({
        ...{ args: [], gres: 'gpu', grace: 5, nice: 1, allowedArgs: [], env: cluster().env, time: hasty },
        ...settings,
      }),
    /** What Slurm has on record of a job: `JobState`, `TimeLimit`, `Comment`, … */
    record: async (id: string): Promise<Record<string, string>> => {
      const line = await cluster().command('scontrol', '--oneliner', 'show', 'job', id);
      return Object.fromEntries([...line.matchAll(/(\S+?)=(\S*)/g)].map(([, name, value]) => [name, value]));
    },
  };
}
