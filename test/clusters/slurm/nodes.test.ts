import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToEnd } from '../../support/runs/localRun.ts';
import { isRunning } from '../../support/runs/processes.ts';
import { eventually } from '../../support/waiting/eventually.ts';

describeWith(slurm, 'a node of Slurm that fails', () => {
  const { cluster, backend, record } = withCluster();

  test('a node of Slurm that fails ends its run as nodeFailed, with its name; runs elsewhere continue', async () => {
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
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'nodeFailed', reason } }, { type: 'run.gone' }]);
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

  test('a node that fails after a run has recorded its end keeps nothing back, though Slurm waits for it', async () => {
    const on = backend({ args: ['--nodelist=n2'] });
    const go = join(await temporaryFolder(), 'go');
    const spec = await launchSpec([
      'sh',
      '-c',
      'echo ready; while [ ! -e "$1" ]; do sleep 0.05; done; exit 5',
      'sh',
      go,
    ]);
    const handle = await launch(on, spec);
    await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
    const ended = watchToEnd(on, handle);
    await cluster().nodes['n2']?.end('SIGKILL');
    await writeFile(go, '');
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
    expect((await record(on.idOf(handle)))['JobState']).toMatch(/RUNNING|COMPLETING/);
    await cluster().nodes['n2']?.start();
  });
});
