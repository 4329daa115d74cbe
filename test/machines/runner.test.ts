import { afterEach, describe, expect, test } from 'vitest';
import { type Actor, createActor, createMachine, SimulatedClock, type SnapshotFrom } from 'xstate';
import { type RunnerEvent, type RunnerFact, type RunnerInput, runnerMachine } from '../../src/machines/runner.ts';
import type { Runs } from '../../src/runner/contract.ts';
import { controlledRuns } from '../support/controlledRuns.ts';
import { request } from '../support/request.ts';
import { until } from '../support/until.ts';

const prepared = { output: '/out/j', ownOutput: true, log: '/out/j/log', before: [] };
const adopted = { prepared, handle: { jobId: 'j' } };
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

function runner(options: { adopt?: typeof adopted; runs?: Partial<Runs> } = {}) {
  const control = controlledRuns();
  const clock = new SimulatedClock();
  const facts: RunnerFact[] = [];
  const runs = { ...control.runs, ...options.runs };
  const job = { jobId: 'j', request: request(), folderName: 'p_j' };
  const input = { job, runs, grace: 10_000, ...(options.adopt && { adopt: options.adopt }) };
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
  test('prepares, launches, watches, collects and settles, and tells its handle on the way', async () => {
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

  test('with a run to adopt launches nothing and watches it', async () => {
    const { control, state, settled } = runner({ adopt: adopted });
    expect(state()).toEqual({ running: 'working' });
    await control.end('j');
    await until(() => settled() !== undefined);
    expect(control.launched).toEqual([]);
    expect(settled()).toMatchObject({ outcome: { status: 'completed' } });
  });

  test('that cannot prepare settles as `launch` and launches nothing', async () => {
    const { control, settled } = runner({ runs: { prepare: () => Promise.reject(new Error('output_dir: no room')) } });
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'launch', reason: 'output_dir: no room' } });
    expect(control.launched).toEqual([]);
  });

  test('asked to stop while it prepares never launches', async () => {
    const { control, send, settled } = runner();
    send({ type: 'runner.stop', reason: { kind: 'stopped' } });
    await until(() => settled() !== undefined);
    expect(control.launched).toEqual([]);
    expect(settled()).toMatchObject({ outcome: { status: 'failed', kind: 'stopped' } });
  });

  test('asked to stop while it launches stops what it launched', async () => {
    const launch = Promise.withResolvers<{ jobId: string }>();
    const { control, state, send, settled } = runner({ runs: { launch: () => launch.promise } });
    await until(() => state() === 'launching');
    send({ type: 'runner.stop', reason: { kind: 'stopped' } });
    expect(state()).toBe('launching');
    launch.resolve({ jobId: 'j' });
    await until(() => control.stops.length === 1);
    await control.gone('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { kind: 'stopped' } });
  });

  test('asks to end, kills after the grace period, kills again, and settles only when all is gone', async () => {
    const { control, clock, state, send, settled } = runner({ adopt: adopted });
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

  test('goes on although a signal cannot be sent', async () => {
    const { control, clock, state, send, settled } = runner({
      adopt: adopted,
      runs: { stop: () => Promise.reject(new Error('EPERM')) },
    });
    send({ type: 'runner.stop', reason: { kind: 'stopped' } });
    await until(() => JSON.stringify(state()) === '{"stopping":"killing"}');
    clock.increment(1_000);
    await control.gone('j');
    await until(() => settled() !== undefined);
  });

  test('keeps the outcome of a program that had ended before it was asked to stop', async () => {
    const { control, send, settled } = runner({ adopt: adopted });
    await control.exit('j');
    send({ type: 'runner.stop', reason: { kind: 'interrupted' } });
    await until(() => control.stops.length === 1);
    await control.gone('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { status: 'completed' } });
  });

  test('whose outcome cannot be collected settles as lost, not as completed', async () => {
    const { control, settled } = runner({ adopt: adopted, runs: { collect: () => Promise.reject(new Error('odd')) } });
    await control.end('j');
    await until(() => settled() !== undefined);
    expect(settled()).toMatchObject({ outcome: { status: 'failed', kind: 'lost', reason: 'odd' } });
  });
});
