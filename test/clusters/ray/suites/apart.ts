import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRayBackend } from '../../../../src/runner/backends/ray/backend.ts';
import type { RayOptions } from '../../../../src/runner/backends/ray/options.ts';
import type { RayCluster } from '../../../support/clusters/rayCluster.ts';
import { heldProgram, rayOptions } from '../../../support/clusters/rayOptions.ts';
import { launchSpec, watchToEnd } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** Runs whose nodes see nothing of evald's but the output folder. In time as it is: Ray sends logs once a second. */
export function apartRuns(cluster: () => RayCluster): void {
  const make = (more: Partial<RayOptions> = {}) =>
    createRayBackend({ ...rayOptions(cluster()), sharesFolder: false, ...more });

  describe('without a shared folder', () => {
    test('without a shared folder, the log comes through Ray, and continues after a restart; the exit code is Ray’s', async () => {
      const { command, go } = await heldProgram();
      const spec = await launchSpec(command, { HF_TOKEN: 'secret-value' });
      await writeFile(spec.log, 'before\n');
      const first = make();
      const handle = await first.launch(spec);
      const unwatch = first.watch(handle, () => {});
      await eventually(async () => (await readFile(spec.log, 'utf8')).endsWith('ready\n'));
      unwatch();

      const next = make();
      const over = [watchToEnd(next, handle), watchToEnd(next, handle)];
      await writeFile(go, '');
      const reports = [{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }];
      expect(await Promise.all(over)).toEqual([reports, reports]);
      expect(await readFile(spec.log, 'utf8')).toBe('before\nready\ndone\n');
      await eventually(async () => !(await readFile(join(spec.state, 'ray.json'), 'utf8')).includes('EVALD_LAUNCH'));
    });

    test('without a shared folder, the run is found by its state, with its exact arguments and variables', async () => {
      const words = ['a b', '$(id)', '`id`', '*', "'", '"', '', 'line\nend', '\\', 'ä', 'EVALD_END'];
      const spec = await launchSpec(['sh', '-c', 'printf "<%s>" "$A" "$@"; exit 5', 'x', ...words], {
        A: "$B 'q'\nEVALD_END\n",
      });
      const handle = await make().launch(spec);
      const later = make();
      expect(await later.recover(spec.state)).toEqual(handle);
      expect(await watchToEnd(later, handle)).toMatchObject([{ exit: { code: 5 } }, { type: 'run.gone' }]);
      expect(await readFile(spec.log, 'utf8')).toBe(
        ["$B 'q'\nEVALD_END\n", ...words].map((word) => `<${word}>`).join(''),
      );
    });

    test('a node that does not see the output folder does not start the program, and reports it', async () => {
      const spec = await launchSpec(['echo', 'started']);
      const backend = make();
      const handle = await backend.launch(spec);
      // What the node sees: nothing.
      await rm(spec.log);
      const [exited] = await watchToEnd(backend, handle);
      expect(exited).toMatchObject({
        exit: { kind: 'notStarted', reason: expect.stringContaining(`does not see ${spec.log}`) },
      });
    });

    test('without a shared folder, a job that names no output_dir is refused: its results would be lost', async () => {
      const spec = await launchSpec(['echo', 'started']);
      const backend = make({ ownOutputs: dirname(spec.log) });
      await expect(backend.launch(spec)).rejects.toThrow('name an output_dir they see');
    });

    test('without a shared folder, a job with a secret in its arguments is refused: any client of Ray could read it', async () => {
      const spec = await launchSpec(['echo']);
      const launched = make().launch({ ...spec, command: ['echo', '--config', join(spec.state, 'config.json')] });
      await expect(launched).rejects.toThrow('credentials in `model_args`');
    });
  });
}
