import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../../src/machines/ports/runner.ts';
import { createRayBackend } from '../../../../src/runner/backends/ray/backend.ts';
import type { RayCluster } from '../../../support/clusters/rayCluster.ts';
import { heldProgram, hurriedTime, rayOptions } from '../../../support/clusters/rayOptions.ts';
import { fixture, launchSpec, watchToEnd } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** The dashboard, and with it the Jobs API, goes and comes back while runs go on. */
export function dashboardAway(cluster: () => RayCluster): void {
  const begin = async (command: [string, ...string[]]) => {
    const backend = createRayBackend(rayOptions(cluster()), hurriedTime);
    const spec = await launchSpec(command);
    const handle = await backend.launch(spec);
    await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
    return { backend, spec, handle };
  };

  describe('while the dashboard is away', () => {
    test('while the dashboard is away no run fails: runs continue, end and are stopped; a launch waits until it is back', async () => {
      const [held, late] = [await heldProgram(), await heldProgram()];
      const first = await begin(held.command);
      const stubborn = await begin([fixture('ignore-term')]);
      const reports: RunReport[] = [];
      const over = watchToEnd(first.backend, first.handle);
      first.backend.watch(first.handle, (report) => reports.push(report));
      const placed = await eventually(() => reports.find(({ type }) => type === 'run.placed'));
      await cluster().dashboard.kill();

      await eventually(() => reports.some((report) => report.type === 'run.placed' && report.state === 'UNKNOWN'));
      expect(reports.at(-1)).toEqual({ ...placed, state: 'UNKNOWN' });
      expect(await first.backend.describe()).toEqual({
        name: 'ray',
        reachable: false,
        reason: expect.stringContaining(`Ray does not answer at ${cluster().url}`),
        queued: null,
        running: null,
        nodes: [],
      });

      // The folder that they share tells the end without Ray.
      await writeFile(held.go, '');
      expect(await over).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);

      const stopped = watchToEnd(stubborn.backend, stubborn.handle);
      await stubborn.backend.stop(stubborn.handle, 'terminate');
      await stubborn.backend.stop(stubborn.handle, 'kill');
      expect(await stopped).toMatchObject([{ exit: { kind: 'signal', signal: 'SIGKILL' } }, { type: 'run.gone' }]);

      const spec = await launchSpec(late.command);
      await writeFile(late.go, '');
      const handle = await first.backend.launch(spec);
      const lateOver = watchToEnd(first.backend, handle);
      const taken = await launchSpec((await heldProgram()).command);
      const takenHandle = await first.backend.launch(taken);
      const takenOver = watchToEnd(first.backend, takenHandle);
      await first.backend.stop(takenHandle, 'terminate');
      expect(await takenOver).toMatchObject([{ exit: { kind: 'signal' } }, { type: 'run.gone' }]);

      await cluster().dashboard.start();
      expect(await lateOver).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
      expect(await readFile(spec.log, 'utf8')).toBe('ready\ndone\n');
      expect(existsSync(late.ran)).toBe(true);
      expect(await cluster().api.job(first.backend.idOf(takenHandle))).toBeNull();
    });
  });
}
