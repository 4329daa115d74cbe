import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunHandle, RunReport } from '../../../../src/machines/ports/runner.ts';
import type { Backend } from '../../../../src/runner/backends/backend.ts';
import { hasEnded, type RayJob } from '../../../../src/runner/backends/ray/answers.ts';
import { createRayBackend } from '../../../../src/runner/backends/ray/backend.ts';
import { GPUS, type RayCluster } from '../../../support/clusters/rayCluster.ts';
import { heldProgram, hurriedTime, rayFlags, rayOptions } from '../../../support/clusters/rayOptions.ts';
import { submit } from '../../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../../support/jobs/jobs.ts';
import { countedRuns } from '../../../support/runs/countedRuns.ts';
import { launchSpec, oneGpu, watchToEnd } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** Runs that Ray cannot start at once: every device of the cluster is somebody else's until the test lets it go. */
export function pendingRuns(cluster: () => RayCluster): void {
  const holdDevices = async () => {
    const { api } = cluster();
    const id = `holder-${randomUUID()}`;
    const holder = { submission_id: id, entrypoint: 'exec sleep 300', metadata: {}, runtime_env: {} };
    await api.submit({ ...holder, entrypoint_num_cpus: 0, entrypoint_num_gpus: GPUS });
    const release = async () => {
      await api.stop(id);
      await eventually(async () => {
        const job = await api.job(id);
        return job === null || hasEnded(job);
      });
    };
    onTestFinished(release);
    await eventually(async () => (await api.job(id))?.status === 'RUNNING');
    return release;
  };
  const jobOf = (backend: Backend, handle: RunHandle) => cluster().api.job(backend.idOf(handle)) as Promise<RayJob>;
  const ended = (backend: Backend, handle: RunHandle) =>
    eventually(async () => {
      const job = await jobOf(backend, handle);
      return hasEnded(job) && job;
    });

  describe('a run that waits in Ray', () => {
    test('a run that waits in Ray has no node; when stopped it is gone at once, and its program never runs, though Ray starts it', async () => {
      const release = await holdDevices();
      const { command, ran } = await heldProgram();
      const backend = createRayBackend(rayOptions(cluster()), hurriedTime);
      const spec = await launchSpec(command);
      const handle = await backend.launch(spec);
      const places: RunReport[] = [];
      const unwatch = backend.watch(handle, (report) => places.push(report));
      await eventually(() => places.length > 0);
      expect(places).toEqual([{ type: 'run.placed', node: '', state: 'PENDING' }]);
      unwatch();

      const over = watchToEnd(backend, handle);
      await backend.stop(handle, 'terminate');
      expect(await over).toEqual([
        { type: 'run.exited', exit: { kind: 'signal', signal: 'SIGTERM' } },
        { type: 'run.gone' },
      ]);
      expect(await jobOf(backend, handle)).toMatchObject({ status: 'PENDING' });
      await release();
      const job = await ended(backend, handle);
      // It was started: that is Ray's fault, and why the claim is needed.
      expect(job.driver_agent_http_address).toMatch(/^http/);
      expect(existsSync(ran)).toBe(false);
      // What may hold secrets is not kept for a run that never starts.
      expect(await readFile(join(spec.state, 'run.sh'), 'utf8')).toBe('');
    });

    test('a run that waits in Ray, is stopped, and gets a node without the shared folder never runs its program: Ray stops it', async () => {
      const release = await holdDevices();
      const { command, ran } = await heldProgram();
      const backend = createRayBackend({ ...rayOptions(cluster()), sharesFolder: false }, hurriedTime);
      const handle = await backend.launch(await launchSpec(command));
      await eventually(async () => (await jobOf(backend, handle)).status === 'PENDING');
      const over = watchToEnd(backend, handle);
      await backend.stop(handle, 'terminate');
      await release();
      expect(await over).toMatchObject([{ exit: { kind: 'cancelled' } }, { type: 'run.gone' }]);
      expect(existsSync(ran)).toBe(false);
    });

    test.each([true, false])(
      'a run that waits in Ray is taken back, and launched anew while Ray still has it: it runs once (sharing: %j)',
      async (sharesFolder) => {
        const release = await holdDevices();
        const { command, ran, go } = await heldProgram();
        await writeFile(go, '');
        const make = () => createRayBackend({ ...rayOptions(cluster()), sharesFolder }, hurriedTime);
        const spec = await launchSpec(command);
        const [first, second] = ['1', '2'].map((number) => ({ ...spec, state: join(spec.state, number) }));
        if (first === undefined || second === undefined) throw new Error('there are two');
        for (const { state } of [first, second]) await mkdir(state);
        const ending = make();
        const handle = await ending.launch(first);
        await eventually(async () => (await jobOf(ending, handle)).status === 'PENDING');
        expect(await ending.withdraw(handle)).toBe(true);
        await ending.stop(handle, 'terminate');

        const next = make();
        expect(await next.recover(first.state)).toBeNull();
        const again = await next.launch(second);
        expect(next.idOf(again)).toBe(`${next.idOf(handle)}-2`);
        const over = watchToEnd(next, again);
        await release();
        expect(await over).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
        await ended(next, handle);
        expect((await readFile(ran, 'utf8')).trim().split('\n')).toHaveLength(1);
      },
    );

    test('a run that waits in Ray is lost by no restart of the server: left there, or taken back and launched anew; each runs once', async (context) => {
      const release = await holdDevices();
      const counted = await countedRuns(context);
      const start = (...flags: string[]) =>
        counted.start({ flags: [...rayFlags(cluster()), '--slots', '0', ...flags] });
      const first = await start();
      const tags = ['a', 'b', 'c', 'd'];
      const ids = await Promise.all(tags.map((tag) => submit(first.url, counted.request(tag))));
      const areWaiting = async (url: string) => {
        for (const id of ids) await jobWhen(url, id, ({ backend }) => backend?.state === 'PENDING');
      };
      await areWaiting(first.url);
      expect(await first.stop()).toBe(0);
      const second = await start('--on-shutdown', 'stop');
      await areWaiting(second.url);
      expect(await second.stop()).toBe(0);
      const third = await start();
      await release();
      const jobs = await Promise.all(ids.map((id) => endedJob(third.url, id)));
      expect(jobs.map(({ status, error }) => error ?? status)).toEqual(ids.map(() => 'completed'));
      expect((await counted.runs()).toSorted()).toEqual(tags);
    });

    test('runs that wait in Ray when Ray is started again, and forgets them, are submitted again: each runs once', async (context) => {
      await holdDevices();
      const counted = await countedRuns(context);
      const server = await counted.start({ flags: [...rayFlags(cluster()), '--slots', '0'] });
      const tags = ['a', 'b', 'c', 'd'];
      const ids = await Promise.all(tags.map((tag) => submit(server.url, counted.request(tag))));
      for (const id of ids) await jobWhen(server.url, id, ({ backend }) => backend?.state === 'PENDING');
      await cluster().restart();
      const jobs = await Promise.all(ids.map((id) => endedJob(server.url, id)));
      expect(jobs.map(({ status, error }) => error ?? status)).toEqual(ids.map(() => 'completed'));
      expect((await counted.runs()).toSorted()).toEqual(tags);
    });

    test('a run that waits longer than Ray lets a job wait is submitted again, and runs once', async () => {
      const release = await holdDevices();
      const { command, ran, go } = await heldProgram();
      await writeFile(go, '');
      const backend = createRayBackend(rayOptions(cluster()), hurriedTime);
      const handle = await backend.launch(await launchSpec(command));
      const over = watchToEnd(backend, handle);
      const first = await jobOf(backend, handle);
      await eventually(async () => {
        const job = await cluster().api.job(backend.idOf(handle));
        return job?.status === 'PENDING' && job.start_time !== first.start_time;
      });
      await release();
      expect(await over).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
      expect((await readFile(ran, 'utf8')).trim().split('\n')).toHaveLength(1);
    });

    test('a run that asks for more than any node has says so, with what the largest has; Ray gives it up, it is submitted again, and fails by that never', async () => {
      const { command, ran } = await heldProgram();
      const backend = createRayBackend(rayOptions(cluster()), hurriedTime);
      const spec = await launchSpec(command);
      const handle = await backend.launch({ ...spec, resources: { ...oneGpu, gpus: GPUS + 1 } });
      const states: string[] = [];
      backend.watch(handle, (report) => report.type === 'run.placed' && states.push(report.state));
      const over = watchToEnd(backend, handle);
      const first = await jobOf(backend, handle);
      await eventually(async () => {
        const job = await cluster().api.job(backend.idOf(handle));
        return job?.status === 'PENDING' && job.start_time !== first.start_time;
      });
      expect(states).toContain(`PENDING (no node has ${GPUS + 1} GPU, the largest has ${GPUS} GPU)`);
      await eventually(async () => (await backend.describe()).reason?.includes(`no node has ${GPUS + 1} GPU`));
      await backend.stop(handle, 'terminate');
      expect(await over).toEqual([{ type: 'run.exited', exit: expect.anything() }, { type: 'run.gone' }]);
      expect(existsSync(ran)).toBe(false);
    });

    test('a run waits for a resource that no node has until a second node brings it, and has its CPUs and memory there', async () => {
      const backend = createRayBackend(rayOptions(cluster()), hurriedTime);
      const spec = await launchSpec(['sh', '-c', 'exit 7']);
      const resources = {
        ...oneGpu,
        gpus: 0,
        cpus: 2,
        memory: 2 ** 28,
        engineArgs: ['resources={"evald_special": 0.5}'],
      };
      const handle = await backend.launch({ ...spec, resources });
      const states: string[] = [];
      backend.watch(handle, (report) => report.type === 'run.placed' && states.push(report.state));
      const over = watchToEnd(backend, handle);
      await eventually(() =>
        states.includes('PENDING (no node has 0.5 evald_special, the largest has 0 evald_special)'),
      );
      await cluster().addNode({ cpus: 3, resources: { evald_special: 1 } });
      expect(await over).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 7 } }, { type: 'run.gone' }]);

      // Of what one node has in CPUs and the other in resources no node has both.
      const both = await backend.launch({
        ...(await launchSpec(['true'])),
        resources: { ...resources, cpus: 5 },
      });
      const said = new Promise<string>((resolve) => {
        backend.watch(
          both,
          (report) => report.type === 'run.placed' && report.state.includes('(') && resolve(report.state),
        );
      });
      expect(await said).toBe('PENDING (no node has 5 CPU and 256 MiB of memory and 0.5 evald_special together)');
      await backend.stop(both, 'kill');
    });
  });
}
