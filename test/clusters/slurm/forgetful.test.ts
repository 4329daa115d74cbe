import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunReport } from '../../../src/machines/ports/runner.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { healthOf } from '../../support/requests/health.ts';
import { send } from '../../support/requests/send.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { fixture, launch, launchSpec, watchToEnd } from '../../support/runs/localRun.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const gone = { type: 'run.gone' };

describeWith(slurm, 'a controller of Slurm that has lost what it knew', () => {
  // Its ids begin with 1 again.
  const { cluster, backend } = withCluster({ nodes: 1 });

  /** As after kill -9 of the controller: of the last seconds nothing was saved. */
  const forgets = async () => {
    await cluster().controller.end('SIGKILL');
    await cluster().forget();
    await cluster().controller.start();
    await cluster().answering();
  };
  const jobs = async (format: string, states = 'PD,R,CG') =>
    (await cluster().command('squeue', '-h', '-t', states, '-o', format)).split('\n').filter(Boolean);
  const free = () => eventually(async () => (await cluster().command('sinfo', '-h', '-o', '%T')) === 'idle');

  test('a run that had not begun is given again to a controller that lost it; it leaves alone the job that has its id', async () => {
    const on = backend({ args: ['--hold'] });
    const spec = await launchSpec(['sh', '-c', 'echo began; exit 3']);
    const handle = await launch(on, spec);
    await forgets();
    await free();
    const otherSpec = await launchSpec([fixture('ignore-term')]);
    const other = await launch(on, otherSpec);
    const id = on.idOf(other);
    await cluster().command('scontrol', 'release', id);
    expect(id).toBe(on.idOf(handle));
    await eventually(async () => (await readFile(otherSpec.log, 'utf8')).includes('ready'));

    const ended = watchToEnd(on, handle);
    const places: Extract<RunReport, { type: 'run.placed' }>[] = [];
    on.watch(handle, (report) => report.type === 'run.placed' && places.push(report));
    const place = await eventually(() => places.find(({ state }) => state === 'PENDING (JobHeldUser)'));
    expect(places[0]?.state).toBe(`NOT SUBMITTED (Slurm has forgotten its job ${id})`);
    // It is called by its new id from now on.
    expect(place.id).not.toBe(id);
    expect(await jobs('%i %j')).toContain(`${place.id} ${handle['name']}`);
    await cluster().command('scontrol', 'release', String(place.id));
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 3 } }, gone]);
    expect(await readFile(spec.log, 'utf8')).toBe('began\n');
    expect(await cluster().command('squeue', '-h', '-j', id, '-o', '%T')).toBe('RUNNING');
    await cluster().command('scancel', '--full', '--signal=KILL', id);
    await free();
  });

  test('a controller that is killed loses none of twenty jobs that had not begun: each runs once', async (context) => {
    const runs = await countedRuns(context);
    const flags = ['--backend', 'slurm', '--slots', '0', '--slurm-args', '--hold'];
    const server = await runs.start({ flags, env: cluster().env });
    const tags = Array.from({ length: 20 }, (_, index) => `t${index}`);
    const ids = await Promise.all(tags.map((tag) => submit(server.url, runs.request(tag))));
    for (const id of ids) await jobWhen(server.url, id, ({ backend }) => backend?.state === 'PENDING (JobHeldUser)');
    await forgets();
    const again = await eventually(async () => {
      const waiting = await jobs('%i', 'PD');
      return waiting.length === 20 && waiting;
    });
    await cluster().command('scontrol', 'release', again.join(','));
    const ended = await Promise.all(ids.map((id) => endedJob(server.url, id)));
    expect(ended.map(({ status, error }) => error ?? status)).toEqual(ids.map(() => 'completed'));
    expect(ended.map(({ backend }) => backend?.id).toSorted()).toEqual(again.toSorted());
    expect((await runs.runs()).toSorted()).toEqual(tags.toSorted());
  });

  test('a run for which the controller has no room (MaxJobCount) is not submitted, is shown so, and is stopped at once', async (context) => {
    const limited = async (most: number) => {
      const file = join(cluster().folder, 'slurm.conf');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(/^MaxJobCount=.*$/m, `MaxJobCount=${most}`));
      await cluster().controller.end('SIGTERM');
      await cluster().controller.start();
      await cluster().answering();
    };
    await limited(1);
    const runs = await countedRuns(context);
    const server = await runs.start({ flags: ['--backend', 'slurm', '--slots', '0'], env: cluster().env });
    const [stopped, later] = [
      await submit(server.url, runs.request('stopped')),
      await submit(server.url, runs.request('later')),
    ];
    const state = 'NOT SUBMITTED (Slurm temporarily unable to accept job, sleeping and retrying)';
    for (const id of [stopped, later]) await jobWhen(server.url, id, ({ backend }) => backend?.state === state);
    const health = await eventually(async () => {
      const found = await healthOf(server.url);
      return found.engine.reason !== null && found;
    });
    expect(health).toMatchObject({
      status: 'healthy',
      engine: { reachable: true, reason: expect.stringContaining('Slurm temporarily unable to accept job') },
    });
    // While Slurm takes none: the sbatch that tries again and again is ended with it.
    await send(`${server.url}/jobs/${stopped}/stop`, { method: 'POST' });
    expect(await endedJob(server.url, stopped)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
    await limited(10_000);
    expect(await endedJob(server.url, later)).toMatchObject({ status: 'completed', error: null });
    expect(await runs.runs()).toEqual(['later']);
  });
});
