import { describe, expect, test } from 'vitest';
import { onePool } from '../../src/schemas/engine/devicePool.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { expectStopAfter, expectTimedOut } from '../support/server/limits.ts';
import { until } from '../support/waiting/until.ts';

/** A scheduler whose runs are on an engine, and a job that was handed over to it. */
async function handedOver(options: Partial<typeof noOptions> = {}) {
  const setting = await scheduling({}, { control: controlledRuns({ onEngine: true }) });
  const { scheduler } = setting;
  const { jobId } = await scheduler.addJob(request(), { options: { ...noOptions, ...options } });
  await until(() => scheduler.getJob(jobId)?.log !== null);
  const backend = () => scheduler.getJob(jobId)?.backend;
  const placed = () => setting.journal.commits.flat().flatMap((one) => (one.type === 'placed' ? [one.place] : []));
  return { ...setting, jobId, backend, placed };
}

describe('a job whose run is on an engine', () => {
  test('a job on an engine shows its node and state, as the engine says; a row of the journal is written for each node', async () => {
    const { control, jobId, backend, placed, pass, now, scheduler } = await handedOver();
    const place = { name: 'controlled', id: jobId };
    expect(backend()).toEqual({ ...place, node: null, state: null });
    await control.place(jobId, '', 'PENDING');
    expect(backend()).toEqual({ ...place, node: null, state: 'PENDING' });
    expect(scheduler.getJob(jobId)?.status).toBe('running');
    pass(5_000);
    await control.place(jobId, 'n1', 'RUNNING');
    await control.place(jobId, 'n1', 'COMPLETING');
    expect(backend()).toEqual({ ...place, node: 'n1', state: 'COMPLETING' });
    await until(() => placed().length === 1);
    expect(placed()).toEqual([{ node: 'n1', at: now(), monotonic: now() }]);
    await control.place(jobId, 'n2', 'RUNNING');
    await until(() => placed().length === 2);
    await control.end(jobId);
    await until(() => scheduler.getJob(jobId)?.status === 'completed');
    expect(backend()).toEqual({ ...place, node: 'n2', state: null });
  });

  test('a job whose run is on an engine has another id there, once it was submitted again', async () => {
    const { control, jobId, backend, placed, now, scheduler } = await handedOver();
    await control.place(jobId, '', 'PENDING', '8');
    expect(backend()).toEqual({ name: 'controlled', id: '8', node: null, state: 'PENDING' });
    await control.place(jobId, 'n1', 'RUNNING', '8');
    await until(() => placed().length === 1);
    expect(placed()).toEqual([{ node: 'n1', at: now(), monotonic: 1_000, id: '8' }]);
    await control.end(jobId);
    await until(() => scheduler.getJob(jobId)?.status === 'completed');
    expect(backend()).toEqual({ name: 'controlled', id: '8', node: 'n1', state: null });
  });

  test('a job on an engine keeps its node after a restart; the same node reported again writes nothing', async () => {
    const before = await handedOver();
    await before.control.place(before.jobId, 'n1', 'RUNNING');
    await until(() => before.placed().length === 1);
    const control = controlledRuns({ onEngine: true });
    const { scheduler, journal } = await scheduling({}, { control, journal: before.journal });
    expect(scheduler.getJob(before.jobId)?.backend).toMatchObject({ node: 'n1', state: null });
    const commits = journal.commits.length;
    await control.place(before.jobId, 'n1', 'RUNNING');
    await until(() => scheduler.getJob(before.jobId)?.backend?.state === 'RUNNING');
    expect(journal.commits.length).toBe(commits);
  });

  test('a job on this machine has the node that its run reports, without a row of its own', async () => {
    const { scheduler, control, journal, add } = await scheduling();
    const jobId = await add();
    await until(() => scheduler.getJob(jobId)?.log !== null);
    await control.place(jobId, 'here', 'running');
    expect(scheduler.getJob(jobId)?.backend).toMatchObject({ node: 'here', state: 'running' });
    expect(journal.commits.flat().map(({ type }) => type)).toEqual(['submitted', 'started', 'launched']);
  });

  test('a job whose node cannot be written shows it nevertheless, and it is written when it can be', async () => {
    const { control, jobId, journal, clock, backend, placed, scheduler } = await handedOver();
    journal.break('disk full');
    await control.place(jobId, 'n1', 'RUNNING');
    expect(backend()).toMatchObject({ node: 'n1', state: 'RUNNING' });
    await until(() => scheduler.getHealth().degraded !== null);
    journal.mend();
    clock.increment(1_000);
    await until(() => placed().length === 1);
    expect(journal.journal.find(jobId)?.run?.place).toMatchObject({ node: 'n1' });
  });
});

describe('the limits of a run that waits in its engine', () => {
  test('the limits of a run that waits in its engine do not count: neither its time nor its silence', async () => {
    const { control, clock, jobId } = await handedOver({ timeout: 60, stall_timeout: 10 });
    await control.place(jobId, '', 'PENDING');
    clock.increment(1_000_000);
    expect(control.stops).toEqual([]);
  });

  test('the limits of a run count from when it has a node', async () => {
    const setting = await handedOver({ timeout: 60 });
    const { control, clock, pass, jobId } = setting;
    clock.increment(500_000);
    pass(500_000);
    await control.place(jobId, 'n1', 'RUNNING');
    await expectStopAfter(setting, 60_000);
    await expectTimedOut(setting, jobId, 60);
  });

  test('the limits of a run begin anew when the engine lets it wait again, and on the next node', async () => {
    const { control, clock, pass, jobId } = await handedOver({ timeout: 60, stall_timeout: 40 });
    await control.place(jobId, 'n1', 'RUNNING');
    clock.increment(30_000);
    pass(30_000);
    await control.place(jobId, '', 'PENDING');
    clock.increment(500_000);
    pass(500_000);
    await control.place(jobId, 'n1', 'RUNNING');
    clock.increment(39_000);
    expect(control.stops).toEqual([]);
    clock.increment(1_000);
    await until(() => control.stops.length === 1);
  });

  test('the limits of a run that waited in its engine are not longer after a restart of the server than before', async () => {
    const before = await handedOver({ timeout: 60 });
    await before.control.place(before.jobId, 'n1', 'RUNNING');
    await until(() => before.placed().length === 1);
    const control = controlledRuns({ onEngine: true });
    const later = await scheduling({}, { control, journal: before.journal, startAt: before.now() + 50_000 });
    await control.place(before.jobId, 'n1', 'RUNNING');
    await expectStopAfter({ clock: later.clock, control }, 10_000);
  });

  test('the limits of a run are those of the job; its priority, what it asks for, arguments for the engine and the devices reach the run with them', async () => {
    const control = controlledRuns();
    const asked: unknown[] = [];
    const { launch } = control.runs;
    control.runs.launch = (job, prepared) => {
      asked.push(job.resources);
      return launch(job, prepared);
    };
    const { scheduler } = await scheduling({ timeout: 90, slots: 2, pools: onePool(['0', '1', '2']) }, { control });
    const more = { engine_args: ['--qos=high'], priority: 7, cpus: 4, memory: '2G' };
    await scheduler.addJob(request({ num_gpus: 2 }), { options: { ...noOptions, ...more } });
    await scheduler.addJob(request(), { options: { ...noOptions, timeout: 5 } });
    await until(() => asked.length === 2);
    expect(asked).toEqual([
      { gpus: 2, devices: ['0', '1'], seconds: 90, engineArgs: ['--qos=high'], priority: 7, cpus: 4, memory: 2 ** 31 },
      { gpus: 1, devices: ['2'], seconds: 5, engineArgs: [], priority: 0, cpus: null, memory: null },
    ]);
  });
});
