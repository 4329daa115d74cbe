import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FILES } from '../../../src/runner/backends/slurm/script.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToEnd } from '../../support/runs/localRun.ts';
import { startServer } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const gone = { type: 'run.gone' };

describeWith(slurm, 'what jobs of Slurm are called', () => {
  const { cluster, backend, record } = withCluster({ nodes: 1 });
  const hold = { args: ['--hold'] };
  const release = (id: string) => cluster().command('scontrol', 'release', id);

  test('a job of Slurm is called by model, first task, how many more, and the first characters of its id; its comment has the whole id', async (context) => {
    const server = await startServer({ flags: ['--backend', 'slurm'], env: cluster().env });
    context.onTestFinished(async () => void (await server.stop()));
    const tasks = ['demo_digits', 'demo_shapes'];
    const id = await submit(server.url, { model: 'nearest-template', tasks, limit: 5 });
    const { backend: place } = await endedJob(server.url, id);
    const seen = await record(place?.id ?? '');
    expect(seen['JobName']).toBe(`evald:nearest-template:demo_digits+1:${id.slice(0, 8)}`);
    expect(seen['Comment']).toMatch(new RegExp(`^${id}/1-[0-9a-f]{8}$`));
  });

  test('each part of a split job is called by its own task', async (context) => {
    const server = await startServer({ flags: ['--backend', 'slurm'], env: cluster().env });
    context.onTestFinished(async () => void (await server.stop()));
    const tasks = ['demo_digits', 'demo_shapes'];
    const id = await submit(server.url, { model: 'nearest-template', tasks, limit: 5, split: true });
    await endedJob(server.url, id);
    const names = (await cluster().command('squeue', '-h', '-t', 'all', '-o', '%k %j')).split('\n');
    expect(names.filter((line) => line.startsWith(id)).map((line) => line.split(' ')[1])).toEqual(
      expect.arrayContaining(tasks.map((task) => `evald:nearest-template:${task}:${id.slice(0, 8)}`)),
    );
  });

  test('runs of one name are distinguished: the end of one, before it begins or after, leaves the other alone', async () => {
    const on = backend(hold);
    const spec = await launchSpec([fixture('ignore-term')]);
    const same = await launchSpec(['sh', '-c', 'echo began; exit 3']);
    const first = await launch(on, spec);
    const second = await launch(on, { ...same, jobId: spec.jobId });
    const [id, other] = [on.idOf(first), on.idOf(second)];
    expect((await record(id))['JobName']).toBe((await record(other))['JobName']);
    await release(id);
    await eventually(async () => (await readFile(spec.log, 'utf8').catch(() => '')).includes('ready'));
    // By servers that see them for the first time.
    const ended = watchToEnd(backend(), first);
    await backend().stop(first, 'kill');
    expect(await ended).toMatchObject([{ type: 'run.exited', exit: { kind: 'cancelled' } }, gone]);
    expect((await record(other))['JobState']).toBe('PENDING');
    const over = watchToEnd(on, second);
    await release(other);
    expect(await over).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 3 } }, gone]);
  });

  /** A run as an earlier version has submitted it: under a name that no other job has, with its job as the comment. */
  const submittedBefore = async (command: [string, ...string[]]) => {
    const spec = await launchSpec(command);
    const { name: _, ...made } = await launch(backend(hold), spec);
    const { args } = JSON.parse(await readFile(join(spec.state, FILES.submission), 'utf8'));
    const name = `evald-${spec.jobId}-1-${randomBytes(4).toString('hex')}`;
    const own = args.filter((word: string) => !/^--(comment|job-name)=/.test(word));
    const words = [...own, `--comment=${spec.jobId}`, `--job-name=${name}`];
    const file = join(await temporaryFolder(), 'script');
    await writeFile(file, await readFile(join(spec.state, FILES.script)));
    await cluster().command('scancel', String(made['id']));
    const id = await cluster().command('sbatch', ...words, file);
    await writeFile(join(spec.state, FILES.submission), JSON.stringify({ name, args: words }));
    await writeFile(join(spec.state, FILES.submitted), `${id} ${Math.floor(Date.now() / 1_000)}\n`);
    return { spec, id, handle: { backend: 'slurm', name, id, comment: spec.jobId, state: spec.state } };
  };

  test('a run that an earlier version has submitted, under its own kind of name, is watched to its end, and found by its folder alone', async () => {
    const { spec, id, handle } = await submittedBefore(['sh', '-c', 'exit 6']);
    const on = backend();
    const found = await on.recover(spec.state);
    expect(found).toMatchObject(handle);
    const reports = [watchToEnd(on, handle), watchToEnd(backend(), found ?? handle)];
    await release(id);
    for (const report of reports) {
      expect(await report).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 6 } }, gone]);
    }
  });

  test('a run that an earlier version has submitted is found by its name where the answer of sbatch was lost, and is stopped', async () => {
    const { spec, id, handle } = await submittedBefore([fixture('ignore-term')]);
    await writeFile(join(spec.state, FILES.submitted), '');
    const on = backend();
    expect(await on.recover(spec.state)).toMatchObject({ id });
    await release(id);
    await eventually(async () => (await readFile(spec.log, 'utf8').catch(() => '')).includes('ready'));
    const over = watchToEnd(on, handle);
    await on.stop({ ...handle, id: null }, 'kill');
    expect(await over).toMatchObject([{ type: 'run.exited', exit: { kind: 'cancelled' } }, gone]);
  });

  test('a job that a site gives another comment is known by its name and the path of its log, though its id was never known', async () => {
    const on = backend(hold);
    const spec = await launchSpec(['sh', '-c', 'exit 4']);
    const { id, ...known } = await launch(on, spec);
    await cluster().command('scontrol', 'update', `JobId=${id}`, 'Comment=site');
    await writeFile(join(spec.state, FILES.submitted), '');
    const over = watchToEnd(backend(), { ...known, id: null });
    await release(String(id));
    expect(await over).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 4 } }, gone]);
    expect(await cluster().command('squeue', '-h', '-t', 'PD,R,CG', '-o', '%i')).toBe('');
  });

  test('a job that waits in Slurm and is stopped is cancelled there at once, and never runs', async () => {
    const ran = join(await temporaryFolder(), 'ran');
    const on = backend(hold);
    const handle = await launch(on, await launchSpec(['touch', ran]));
    const over = watchToEnd(on, handle);
    await on.stop(handle, 'terminate');
    expect(await over).toEqual([{ type: 'run.exited', exit: expect.objectContaining({ kind: 'notStarted' }) }, gone]);
    await eventually(async () => (await record(on.idOf(handle)))['JobState'] === 'CANCELLED');
    await expect(readFile(ran)).rejects.toThrow('ENOENT');
  });
});
