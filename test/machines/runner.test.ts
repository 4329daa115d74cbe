import { afterEach, describe, expect, test } from 'vitest';
import { type Actor, createActor, createMachine, SimulatedClock, type SnapshotFrom } from 'xstate';
import type { RunExecutor } from '../../src/machines/ports/runner.ts';
import { runnerMachine } from '../../src/machines/runner/runner.ts';
import type { RunnerEvent, RunnerFact, RunnerInput } from '../../src/machines/runner/runnerContext.ts';
import type { LaunchedRun } from '../../src/schemas/job/run.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { oneGpu } from '../support/runs/localRun.ts';
import { until } from '../support/waiting/until.ts';

const prepared = { output: '/out/j', ownOutput: true, log: '/out/j/log', before: [] };
const known = { run: { prepared, handle: { jobId: 'j' } } };
let running: Actor<ReturnType<typeof parentOf>>[] = [];
afterEach(() => {
  for (const actor of running) actor.stop();
  running = [];
});

/** A parent that keeps what a runner reports. */
function parentOf(input: RunnerInput, facts: RunnerFact[]) {
  return createMachine({
    invoke: { id: 'runner', src: runnerMachine, input },
    on: { 'runner.*': { actions: ({ event }) => facts.push(event as RunnerFact) } },
  });
}

function runner(
  options: Partial<Pick<RunnerInput, 'resume' | 'limits'>> & {
    runs?: Partial<RunExecutor>;
    recoverable?: LaunchedRun;
  } = {},
) {
  const control = controlledRuns();
  if (options.recoverable) control.recoverable.set('j', options.recoverable);
  const clock = new SimulatedClock();
  const facts: RunnerFact[] = [];
  const runs = { ...control.runs, ...options.runs };
  const job = { jobId: 'j', request: request(), folderName: 'p_j', resources: oneGpu };
  const input = {
    job,
    runs,
    grace: 10_000,
    now: () => 0,
    monotonic: () => 0,
    limits: options.limits ?? { timeout: null, stall: null, linger: null },
    ...(options.resume && { resume: options.resume }),
  };
  const parent = createActor(parentOf(input, facts), { clock });
  running.push(parent);
  parent.start();
  const child = parent.getSnapshot().children['runner'] as Actor<typeof runnerMachine>;
  const state = (): SnapshotFrom<typeof runnerMachine>['value'] => child.getSnapshot().value;
  const send = (event: RunnerEvent) => child.send(event);
  const settled = () => facts.find((fact) => fact.type === 'runner.settled');
  return { control, clock, facts, state, send, settled };
}

describe('a runner', () => {
  test('a runner prepares, launches, watches, collects and settles, and reports its handle on the way', async () => {
    const { control, facts, state, settled } = runner();
    expect(state()).toBe('preparing');
    await until(() => control.launched.length === 1);
    await until(() => JSON.stringify(state()) === '{"running":"working"}');
    await control.end('j');
    await until(() => settled() !== undefined);
    expect(facts.map(({ type }) => type)).toEqual(['runner.launched', 'runner.settled']);
    expect(facts[0]).toMatchObject({ run: { handle: { jobId: 'j' }, prepared: { log: '/out/j/log' } } });
    expect(settled()).toMatchObject({ outcome: { status: 'completed' } });
  });

  test('a runner whose run outlived the server launches nothing and watches it', async () => {
    const { control, state, settled } = runner({ resume: known });
    expect(state()).toEqual({ running: 'working' });
    await control.end('j');
    await until(() => settled() !== undefined);
    expect(control.launched).toEqual([]);
    expect(settled()).toMatchObject({ outcome: { status: 'completed' } });
  });

  test('a runner that does not know whether there is a run finds it, and reports its handle', async () => {
    const { control, facts, settled } = runner({ resume: { run: null }, recoverable: known.run });
    await control.end('j');
    await until(() => settled() !== undefined);
    expect(control.launched).toEqual([]);
    expect(facts[0]).toMatchObject({ type: 'runner.launched', run: known.run });
  });

  test('a runner that finds no run launches one', async () => {
    const { control, settled } = runner({ resume: { run: null } });
    await until(() => control.launched.length === 1);
    await control.end('j');
    await until(() => settled() !== undefined);
  });

  test('a runner asked to stop while it looks for a run stops what it finds', async () => {
    const { control, send, settled } = runner({ resume: { run: null }, recoverable: known.run });
    send({ type: 'runner.stop', reason: { kind: 'interrupted' } });
    await until(() => control.stops.length === 1);
    await control.gone('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'interrupted' } });
  });

  test('a runner that cannot find out whether there is a run settles as lost and launches nothing', async () => {
    const { control, settled } = runner({
      resume: { run: null },
      runs: { recover: () => Promise.reject(new Error('the folder cannot be read')) },
    });
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'lost', reason: 'the folder cannot be read' } });
    expect(control.launched).toEqual([]);
  });

  test('a runner that cannot prepare settles as `launch` and launches nothing', async () => {
    const { control, settled } = runner({ runs: { prepare: () => Promise.reject(new Error('output_dir: no room')) } });
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'launch', reason: 'output_dir: no room' } });
    expect(control.launched).toEqual([]);
  });

  test('a runner asked to stop while it prepares never launches', async () => {
    const { control, send, settled } = runner();
    send({ type: 'runner.stop', reason: { kind: 'stopped', who: null } });
    await until(() => settled() !== undefined);
    expect(control.launched).toEqual([]);
    expect(settled()).toMatchObject({ outcome: { status: 'failed', kind: 'stopped' } });
  });

  test('a runner asked to stop twice before there is anything to stop keeps the first reason', async () => {
    const { send, settled } = runner();
    send({ type: 'runner.stop', reason: { kind: 'stopped', who: 'alice' } });
    send({ type: 'runner.stop', reason: { kind: 'interrupted' } });
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'stopped', who: 'alice' } });
  });

  test('a runner asked to stop while it launches stops what it launched', async () => {
    const launch = Promise.withResolvers<{ jobId: string }>();
    const { control, state, send, settled } = runner({ runs: { launch: () => launch.promise } });
    await until(() => state() === 'launching');
    send({ type: 'runner.stop', reason: { kind: 'stopped', who: null } });
    expect(state()).toBe('launching');
    launch.resolve({ jobId: 'j' });
    await until(() => control.stops.length === 1);
    await control.gone('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'stopped', who: null } });
  });

  test('a runner asks to end, kills after the grace period, kills again, and settles only when all is gone', async () => {
    const { control, clock, state, send, settled } = runner({ resume: known });
    send({ type: 'runner.stop', reason: { kind: 'timedOut', seconds: 60 } });
    await until(() => control.stops.length === 1);
    clock.increment(10_000);
    expect(state()).toEqual({ stopping: 'killing' });
    clock.increment(1_000);
    await until(() => control.stops.length === 3);
    expect(control.stops.map(({ how }) => how)).toEqual(['terminate', 'kill', 'kill']);
    await control.exit('j', { kind: 'signal', signal: 'SIGKILL' });
    expect(settled()).toBeUndefined();
    await control.gone('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'timedOut', seconds: 60 } });
  });

  test('a runner goes on although a signal cannot be sent', async () => {
    const { control, clock, state, send, settled } = runner({
      resume: known,
      runs: { stop: () => Promise.reject(new Error('EPERM')) },
    });
    send({ type: 'runner.stop', reason: { kind: 'stopped', who: null } });
    await until(() => JSON.stringify(state()) === '{"stopping":"killing"}');
    clock.increment(1_000);
    await control.gone('j');
    await until(() => settled() !== undefined);
  });

  test('a runner keeps the outcome of a program that had ended before it was asked to stop', async () => {
    const { control, send, settled } = runner({ resume: known });
    await control.exit('j');
    send({ type: 'runner.stop', reason: { kind: 'interrupted' } });
    await until(() => control.stops.length === 1);
    await control.gone('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { status: 'completed' } });
  });

  test('a runner whose outcome cannot be collected settles as lost, not as completed', async () => {
    const { control, settled } = runner({ resume: known, runs: { collect: () => Promise.reject(new Error('odd')) } });
    await control.end('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { status: 'failed', kind: 'lost', reason: 'odd' } });
  });
});
