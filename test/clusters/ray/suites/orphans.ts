import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRayBackend } from '../../../../src/runner/backends/ray/backend.ts';
import type { RayCluster } from '../../../support/clusters/rayCluster.ts';
import { hurriedTime, rayOptions } from '../../../support/clusters/rayOptions.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToEnd } from '../../../support/runs/localRun.ts';
import { isRunning } from '../../../support/runs/processes.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** Ray's own process above a run dies, as of a node that is short of memory. */
export function orphans(cluster: () => RayCluster): void {
  describe('a run whose supervisor is killed', () => {
    test('a run whose supervisor is killed is lost, and none of its processes is left, not even one with a session of its own', async () => {
      const backend = createRayBackend(rayOptions(cluster()), hurriedTime);
      const file = join(await temporaryFolder(), 'pids');
      const spec = await launchSpec([fixture('fork-and-hold'), file, 'ignore']);
      const handle = await launch(backend, spec);
      await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
      const pids = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
      const over = watchToEnd(backend, handle);
      const shell = (await readFile(join(spec.state, 'identity'), 'utf8')).trim().split(' ')[1];
      const status = await readFile(`/proc/${shell}/status`, 'utf8');
      process.kill(Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]), 'SIGKILL');
      expect(await over).toMatchObject([
        { exit: { kind: 'unknown', reason: expect.stringContaining('JOB_SUPERVISOR_ACTOR_DIED') } },
        { type: 'run.gone' },
      ]);
      await eventually(async () => !(await Promise.all(pids.map(isRunning))).includes(true));
    });
  });
}
