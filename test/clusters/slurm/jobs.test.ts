import { mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../../src/machines/ports/runner.ts';
import { FILES } from '../../../src/runner/backends/slurm/script.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { removeFolder } from '../../support/files/removeFolder.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { fixture, launch, launchSpec, oneGpu, temporaryFolder, watchToEnd } from '../../support/runs/localRun.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const gone = { type: 'run.gone' };

describeWith(slurm, 'jobs of Slurm', () => {
  const { cluster, backend, record } = withCluster();

  const begin = async (command: [string, ...string[]], settings: Parameters<typeof backend>[0] = {}) => {
    const on = backend(settings);
    const spec = await launchSpec(command);
    const handle = await launch(on, spec);
    return { on, spec, handle, id: on.idOf(handle) };
  };
  const isRunning = (id: string) => eventually(async () => (await record(id))['JobState'] === 'RUNNING');
  const hold = { args: ['--hold'] };

  // Slurm looks at limits every half minute: this one runs beside all other tests.
  const outOfTime = { id: '', ended: Promise.resolve<RunReport[]>([]) };
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
    const on = backend({ args: ['--time=1'], gres: '' });
    await mkdir(join(folder, 'state'));
    const command = [fixture('ignore-term')] as [string];
    const spec = { jobId: 'out-of-time', name: 'out-of-time', command, env: {}, resources: oneGpu };
    const handle = await on.launch({ ...spec, log: join(folder, 'log'), state: join(folder, 'state') });
    outOfTime.id = on.idOf(handle);
    outOfTime.ended = watchToEnd(on, handle).finally(() => removeFolder(folder));
    await isRunning(outOfTime.id);
    await cluster().command('scontrol', 'update', `JobId=${outOfTime.id}`, 'EndTime=now');
  });

  describe('submission', () => {
    test('jobs of Slurm are submitted with the name that people read, the id of their evald job in their comment, and never requeued', async () => {
      const { id, spec } = await begin([fixture('ignore-term')]);
      const seen = await record(id);
      expect(seen['Comment']).toMatch(new RegExp(`^${spec.jobId}/state-[0-9a-f]{8}$`));
      expect(seen).toMatchObject({
        JobName: `evald:model:task:${spec.jobId.slice(0, 8)}`,
        Requeue: '0',
        NumTasks: '1',
      });
      expect(seen['NumNodes']).toMatch(/^1(-1)?$/);
    });

    test.each([
      [null, '01:00:00'],
      [1, '00:02:00'],
      [3_600, '01:02:00'],
    ])(
      'jobs of Slurm for %j seconds are submitted with a limit of %s: evald ends them first',
      async (seconds, limit) => {
        const on = backend(hold);
        const spec = await launchSpec(['true']);
        const handle = await launch(on, { ...spec, resources: { ...oneGpu, seconds } });
        expect((await record(on.idOf(handle)))['TimeLimit']).toBe(limit);
      },
    );

    test("jobs of Slurm are submitted with the operator's arguments, then the job's, and evald's last", async () => {
      const on = backend({
        args: ['--time=5', '--hold', '--mem=111', '--job-name=mine', '--output=/dev/null', '--requeue'],
      });
      const spec = await launchSpec(['true']);
      const resources = { ...oneGpu, seconds: 60, engineArgs: ['--mem=222'] };
      const seen = await record(on.idOf(await launch(on, { ...spec, resources })));
      expect(seen).toMatchObject({ TimeLimit: '00:05:00', MinMemoryNode: '222M', Requeue: '0' });
      expect(seen['JobName']).toMatch(/^evald:/);
      expect(seen['StdOut']).toBe(join(spec.state, FILES.log));
    });

    test('jobs of Slurm are submitted for as many GPUs as were asked for, and see those and no others', async () => {
      const env = { CUDA_VISIBLE_DEVICES: '7', SLURM_JOB_ID: '1', TMPDIR: '/of/the/server' };
      const run = async (gpus: number) => {
        const on = backend();
        const spec = await launchSpec(['sh', '-c', 'echo $CUDA_VISIBLE_DEVICES $SLURM_JOB_ID $TMPDIR'], env);
        const handle = await launch(on, { ...spec, resources: { ...oneGpu, gpus } });
        await watchToEnd(on, handle);
        return [(await readFile(spec.log, 'utf8')).trim(), on.idOf(handle)];
      };
      const [[one, oneId], [two, twoId]] = [await run(1), await run(2)];
      expect(one).toMatch(new RegExp(`^[01] ${oneId} /tmp$`));
      expect(two).toBe(`0,1 ${twoId} /tmp`);
    });

    test('jobs of Slurm are submitted without asking for GPUs where there are none to ask for', async () => {
      const on = backend({ ...hold, gres: '' });
      const handle = await launch(on, await launchSpec(['true']));
      expect((await record(on.idOf(handle)))['TresPerNode']).toBeUndefined();
    });

    test('jobs of Slurm are submitted with a log whose path looks like a pattern', async () => {
      const folder = join(await temporaryFolder(), '%j \\ $(id) ä');
      await mkdir(folder);
      const spec = { ...(await launchSpec(['echo', 'said'])), log: join(folder, 'eval%x.log') };
      const on = backend();
      await watchToEnd(on, await launch(on, spec));
      expect(await readFile(spec.log, 'utf8')).toBe('said\n');
    });

    test('what Slurm keeps of its jobs has none of what only the program should know', async () => {
      const on = backend(hold);
      const spec = await launchSpec(['echo', 'word-of-the-program'], { API_KEY: 'planted-secret' });
      const handle = await launch(on, spec);
      const script = await cluster().command('scontrol', 'write', 'batch_script', on.idOf(handle), '-');
      expect(script).toContain('evald');
      expect(`${script} ${JSON.stringify(await record(on.idOf(handle)))}`).not.toMatch(
        /planted-secret|word-of-the-program/,
      );
    });

    test('the arguments and variables of a program are not left on disk when its job of Slurm has ended', async () => {
      const spec = await launchSpec(['true'], { API_KEY: 'planted-secret' });
      const on = backend();
      await watchToEnd(on, await launch(on, spec));
      expect(await readFile(join(spec.state, FILES.program), 'utf8')).toBe('');
    });
  });

  describe('refusal', () => {
    test.each([
      ["the operator's partition", { args: ['--partition=nosuch'] }, {}, /Invalid partition name/, 'UnavailableError'],
      ['more GPUs than any node has', {}, { gpus: 3 }, /Requested node configuration is not available/, 'RunError'],
      ["the job's own partition", {}, { engineArgs: ['--partition=nosuch'] }, /Invalid partition name/, 'RunError'],
      ["the operator's option", { args: ['--nosuch'] }, {}, /unrecognized option/, 'UnavailableError'],
      ['what GPUs are called', { gres: 'nosuch' }, {}, /Invalid generic resource|not available/, 'UnavailableError'],
    ])(
      "jobs with %s are refused with Slurm's message and whose fault it is, and nothing is left",
      async (_, settings, more, words, name) => {
        const spec = await launchSpec(['true'], { API_KEY: 'planted-secret' });
        const launched = backend(settings).launch({ ...spec, resources: { ...oneGpu, ...more } });
        await expect(launched).rejects.toThrow(words);
        await expect(launched).rejects.toMatchObject({ name });
        expect(await readFile(join(spec.state, FILES.program), 'utf8')).toBe('');
        expect(await backend().recover(spec.state)).toBeNull();
      },
    );

    test("jobs of Slurm are refused when sbatch is not on the server's PATH", async () => {
      const launched = backend({ env: { PATH: '/nonexistent' } }).launch(await launchSpec(['true']));
      await expect(launched).rejects.toThrow(
        "sbatch was not found on the PATH of the server, or is not executable: install Slurm's client commands",
      );
    });
  });

  describe('an end by Slurm', () => {
    test('jobs that are cancelled in Slurm by hand while they run end with that reason', async () => {
      const { on, spec, handle, id } = await begin(['sh', '-c', 'echo ready; exec sleep 600']);
      await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
      const ended = watchToEnd(on, handle);
      await cluster().command('scancel', id);
      const reason = 'it was cancelled in Slurm (Slurm: CANCELLED)';
      expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'cancelled', reason } }, gone]);
    });

    test('jobs that are cancelled in Slurm by hand while they wait end with that reason', async () => {
      const { on, handle, id } = await begin(['true'], hold);
      const ended = watchToEnd(on, handle);
      await cluster().command('scancel', id);
      expect(await ended).toMatchObject([
        { exit: { kind: 'cancelled', reason: expect.stringMatching(/^it was cancelled in Slurm/) } },
        gone,
      ]);
    });

    test('jobs whose node does not have the folder are ended by Slurm, and the reason says what may be wrong', async () => {
      const on = backend();
      const spec = await launchSpec(['true']);
      const held = backend(hold);
      const handle = await launch(held, spec);
      // As on a node that does not share the disk.
      await rename(spec.state, `${spec.state}.elsewhere`);
      await cluster().command('scontrol', 'release', on.idOf(handle));
      expect(await watchToEnd(on, handle)).toMatchObject([
        {
          exit: {
            kind: 'notStarted',
            reason: expect.stringMatching(/JobLaunchFailure.*on a disk that the nodes share/),
          },
        },
        gone,
      ]);
    });
  });

  test('jobs of Slurm say why they wait', async () => {
    const { on, handle, id } = await begin(['true'], hold);
    const states: string[] = [];
    const started = new Promise<void>((resolve) => {
      on.watch(handle, (report) => {
        if (report.type === 'run.placed') states.push(`${report.node}: ${report.state}`);
        if (report.type === 'run.gone') resolve();
      });
    });
    await eventually(() => states.length > 0);
    expect(states).toEqual([': PENDING (JobHeldUser)']);
    await cluster().command('scontrol', 'release', id);
    await started;
  });

  test('jobs of which an administrator changes the name, then the comment too, are still watched, and are ended', async () => {
    const { on, spec, handle, id } = await begin([fixture('ignore-term')]);
    await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
    const next = backend();
    const changes = ['JobName=other', 'Comment=other'] as const;
    // The second is seen by the server that saw the first, and by one that was started after both.
    const states: string[] = [];
    const note = (report: RunReport) => states.push('state' in report ? report.state : report.type);
    on.watch(handle, note);
    await eventually(() => states.length > 0);
    for (const change of changes) {
      await cluster().command('scontrol', 'update', `JobId=${id}`, change);
      if (change === 'Comment=other') next.watch(handle, note);
      // Longer than three hurried looks, after which it would count as forgotten.
      await setTimeout(1_500);
    }
    expect(states).toEqual(['RUNNING', 'RUNNING']);
    const ended = watchToEnd(next, handle);
    await next.stop(handle, 'kill');
    // What the script has recorded, or what Slurm calls it, whichever is seen first: evald itself has asked for it.
    expect(await ended).toMatchObject([{ exit: { kind: expect.stringMatching(/^(signal|cancelled)$/) } }, gone]);
    expect((await record(id))['JobState']).toMatch(/CANCELLED|FAILED/);
  });

  test('jobs of Slurm that were submitted twice run once', async () => {
    const { on, spec, handle } = await begin(['sh', '-c', 'echo began; exit 4'], hold);
    const { args } = JSON.parse(await readFile(join(spec.state, FILES.submission), 'utf8'));
    const script = await readFile(join(spec.state, FILES.script));
    const file = join(await temporaryFolder(), 'script');
    await writeFile(file, script);
    await cluster().command('sbatch', ...args.filter((word: string) => word !== '--hold'), file);
    const ended = watchToEnd(on, handle);
    await cluster().command('scontrol', 'release', on.idOf(handle));
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 4 } }, gone]);
    const left = () => cluster().command('squeue', '-h', '-t', 'PD,R,CG', '-o', '%k');
    await eventually(async () => !(await left()).includes(spec.jobId));
    const log = (await readFile(spec.log, 'utf8')).split('\n');
    expect(log.filter((line) => line === 'began')).toHaveLength(1);
    // The other one found the start taken, or was cancelled before it looked.
    expect(log.filter((line) => line.includes('the start was taken by another job')).length).toBeLessThanOrEqual(1);
  });

  test('jobs of Slurm that were submitted twice and have ended leave nothing that waits', async () => {
    const { on, spec, handle } = await begin(['sh', '-c', 'echo began; exit 4'], hold);
    const { args } = JSON.parse(await readFile(join(spec.state, FILES.submission), 'utf8'));
    const file = join(await temporaryFolder(), 'script');
    await writeFile(file, await readFile(join(spec.state, FILES.script)));
    const twin = await cluster().command('sbatch', ...args, file);
    const ended = watchToEnd(on, handle);
    await cluster().command('scontrol', 'release', on.idOf(handle));
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 4 } }, gone]);
    await eventually(async () => (await record(twin))['JobState'] === 'CANCELLED');
    expect(await readFile(spec.log, 'utf8')).toBe('began\n');
  });

  test('jobs of Slurm that wait and are stopped never begin, and that is reported', async () => {
    const { on, spec, handle, id } = await begin(['sh', '-c', 'echo began'], hold);
    const ended = watchToEnd(on, handle);
    await on.stop(handle, 'terminate');
    expect(await ended).toEqual([
      { type: 'run.exited', exit: { kind: 'notStarted', reason: 'it was stopped before it began' } },
      gone,
    ]);
    expect((await record(id))['JobState']).toBe('CANCELLED');
    expect(await readFile(spec.log, 'utf8')).toBe('');
  });

  test('jobs of Slurm that have run longer than their limit are reported as timed out', async () => {
    const [exited] = await outOfTime.ended;
    expect((await record(outOfTime.id))['JobState']).toBe('TIMEOUT');
    expect(exited).toEqual({ type: 'run.exited', exit: { kind: 'timedOut', seconds: 60 } });
  });
});
