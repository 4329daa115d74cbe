import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { fixture, launch, launchSpec, watchToEnd } from '../support/localRun.ts';
import { describeWith, slurm } from '../support/needs.ts';
import { isRunning } from '../support/processes.ts';
import { withCluster } from '../support/slurm/suite.ts';

describeWith(slurm, 'a node of Slurm that fails', () => {
  const { cluster, backend, record } = withCluster();

  test('makes its run lost, with its name, and not run again; what runs elsewhere goes on', async () => {
    const begin = async (node: string) => {
      const on = backend({ args: [`--nodelist=${node}`] });
      const spec = await launchSpec(['sh', '-c', 'echo $$; exec "$0"', fixture('ignore-term')]);
      const handle = await launch(on, spec);
      await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
      return { on, spec, handle, pid: Number.parseInt(await readFile(spec.log, 'utf8'), 10) };
    };
    const [failing, other] = [await begin('n1'), await begin('n2')];
    const ended = watchToEnd(failing.on, failing.handle);
    await cluster().nodes['n1']?.end('SIGKILL');
    await cluster().command('scontrol', 'update', 'NodeName=n1', 'State=DOWN', 'Reason=test');
    const reason = 'its node n1 failed (Slurm: NODE_FAIL, NodeDown)';
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'unknown', reason } }, { type: 'run.gone' }]);
    expect((await failing.on.describe()).nodes).toEqual([
      { name: 'n1', state: expect.stringMatching(/^down/) },
      { name: 'n2', state: expect.stringMatching(/^(mixed|allocated)/) },
    ]);
    expect((await record(failing.on.idOf(failing.handle)))['JobState']).toBe('NODE_FAIL');
    expect((await record(other.on.idOf(other.handle)))['JobState']).toBe('RUNNING');
    // A node that comes back ends what it still runs of jobs that were given up.
    await cluster().nodes['n1']?.start();
    await eventually(async () => !(await isRunning(failing.pid)));
    expect(await readFile(failing.spec.log, 'utf8')).toMatch(/^\d+\nready\n/);
  });
});
