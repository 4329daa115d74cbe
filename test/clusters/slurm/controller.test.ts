import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunReport } from '../../../src/machines/ports/runner.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { launch, launchSpec, temporaryFolder, watchToEnd } from '../../support/runs/localRun.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const gone = { type: 'run.gone' };

describeWith(slurm, 'a controller of Slurm that is away', () => {
  const { cluster, backend } = withCluster();

  const goFile = async () => join(await temporaryFolder(), 'go');
  /** Ends with 5 when the file is there. */
  const waiting = (go: string): [string, ...string[]] => [
    'sh',
    '-c',
    'echo began; while [ ! -e "$1" ]; do sleep 0.05; done; exit 5',
    'sh',
    go,
  ];
  const returned = async () => {
    await cluster().controller.start();
    await cluster().answering();
  };

  /** What the controller knows is on its disk: it writes that some seconds after it has changed. */
  const saved = async (id: string) => {
    const since = Date.now();
    await cluster().command('scontrol', 'update', `JobId=${id}`, 'Comment=saved');
    await eventually(async () => (await stat(join(cluster().folder, 'state', 'job_state'))).mtimeMs > since);
  };

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'a controller that is away (%s) fails no run: it continues, its node is unknown, and its end is reported afterwards',
    async (signal) => {
      const go = await goFile();
      const on = backend();
      const spec = await launchSpec(waiting(go));
      const handle = await launch(on, spec);
      await eventually(async () => (await readFile(spec.log, 'utf8')) === 'began\n');
      const states: string[] = [];
      const ends: RunReport[] = [];
      on.watch(handle, (report) => {
        if (report.type === 'run.placed') states.push(report.state);
        else ends.push(report);
      });
      await eventually(() => states.includes('RUNNING'));
      if (signal === 'SIGKILL') await saved(on.idOf(handle));
      await cluster().controller.end(signal);
      await eventually(() => states.includes('UNKNOWN'));
      expect(await on.describe()).toMatchObject({ name: 'slurm', reachable: false, queued: null, nodes: [] });
      await writeFile(go, '');
      await returned();
      await eventually(() => ends.length === 2);
      expect(ends).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, gone]);
    },
  );

  test('the end that a run has recorded is reported while the controller of Slurm is away', async () => {
    const go = await goFile();
    const on = backend({ commandLimit: 1_000 });
    const spec = await launchSpec(waiting(go));
    const handle = await launch(on, spec);
    await eventually(async () => (await readFile(spec.log, 'utf8')) === 'began\n');
    await cluster().controller.end('SIGTERM');
    const ended = watchToEnd(on, handle);
    await writeFile(go, '');
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, gone]);
    await returned();
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'a controller that is away (%s) while a run is submitted is waited for, and the run runs once',
    async (signal) => {
      await cluster().controller.end(signal);
      const on = backend();
      const spec = await launchSpec(['sh', '-c', 'echo began; exit 3']);
      const handle = await launch(on, spec);
      const ended = watchToEnd(on, handle);
      await returned();
      expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 3 } }, gone]);
      expect(await readFile(spec.log, 'utf8')).toBe('began\n');
    },
  );

  test('a submission to a controller that is away, by a server that then ended, is repeated by the next server', async () => {
    await cluster().controller.end('SIGTERM');
    const spec = await launchSpec(['sh', '-c', 'echo began; exit 3']);
    await launch(backend(), spec);
    const next = backend();
    const found = await next.recover(spec.state);
    await returned();
    expect(found && (await watchToEnd(next, found))).toEqual([
      { type: 'run.exited', exit: { kind: 'code', code: 3 } },
      gone,
    ]);
    expect(await readFile(spec.log, 'utf8')).toBe('began\n');
  });

  test('a stop while the controller of Slurm is away ends the run by itself; a run that had not begun never begins', async () => {
    await cluster().controller.end('SIGTERM');
    const on = backend();
    const spec = await launchSpec(['sh', '-c', 'echo began']);
    const handle = await launch(on, spec);
    const ended = watchToEnd(on, handle);
    await expect(on.stop(handle, 'terminate')).rejects.toThrow('Unable to contact slurm controller');
    await returned();
    expect(await ended).toEqual([
      { type: 'run.exited', exit: { kind: 'notStarted', reason: 'it was stopped before it began' } },
      gone,
    ]);
    expect(await readFile(spec.log, 'utf8')).toBe('');
  });
});
