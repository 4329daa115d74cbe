import { setImmediate } from 'node:timers/promises';
import type { SimulatedClock } from 'xstate';
import {
  type RunExecutor,
  type RunReport,
  type RunSign,
  UnavailableError,
} from '../../../src/machines/ports/runner.ts';
import { controlledRuns } from '../../support/runs/controlledRuns.ts';
import {
  judged,
  launchedRun,
  lingerSeconds,
  progress,
  type RunnerMove,
  sentEvents,
  stallSeconds,
  timeoutSeconds,
} from './system.ts';

/** Runs of which nothing succeeds or fails before a move says so. What was asked of them is noted. */
export function steeredRuns() {
  const asked: string[] = [];
  let done: () => void = () => {};
  let finds: () => void = () => {};
  let fails: (error: Error) => void = () => {};
  let report: (event: RunReport) => void = () => {};
  let tell: (sign: RunSign) => void = () => {};

  function work<T>(name: string, result: T, found: T = result): Promise<T> {
    asked.push(name);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    done = () => resolve(result);
    finds = () => resolve(found);
    fails = reject;
    return promise;
  }

  const runs: RunExecutor = {
    ...controlledRuns().runs,
    prepare: () => work('prepare', launchedRun.prepared),
    launch: () => work('launch', launchedRun.handle),
    recover: () => work<typeof launchedRun | null>('recover', null, launchedRun),
    stop: (_handle, how) => work(how, undefined),
    withdraw: () => work('withdraw', true, false),
    collect: (_job, _prepared, _exit, stopReason) => work('collect', judged(stopReason)),
    watch: (_handle, listener) => {
      report = listener;
      return () => {};
    },
    follow: (_job, _prepared, listener) => {
      tell = listener;
      return () => {};
    },
  };

  /** Makes a move happen, and lets all that follows from it happen too. */
  async function take(
    move: RunnerMove,
    clock: SimulatedClock,
    ask: { stop: () => void; withdraw: () => void; retry: () => void; record: () => void },
  ): Promise<void> {
    const moves: Record<RunnerMove, () => void> = {
      'runner.stop': ask.stop,
      'runner.withdraw': ask.withdraw,
      'runner.retry': ask.retry,
      'runner.recorded': ask.record,
      'run.placed': () => report(sentEvents['run.placed'] as RunReport),
      'run.output': () => tell({ type: 'run.output' }),
      'run.progress': () => tell({ type: 'run.progress', progress }),
      'run.exited': () => report(sentEvents['run.exited'] as RunReport),
      'run.gone': () => report({ type: 'run.gone' }),
      'run.stalled': () => clock.increment(stallSeconds * 1_000),
      'run.saved': () => tell({ type: 'run.saved' }),
      'run.hung': () => clock.increment(lingerSeconds * 1_000),
      'run.timedOut': () => {
        // A program that shows output all the time, and takes too long all the same.
        for (let second = 0; second < timeoutSeconds; second += stallSeconds / 2) {
          tell({ type: 'run.output' });
          clock.increment((stallSeconds / 2) * 1_000);
        }
      },
      'work.done': () => done(),
      'work.finds': () => finds(),
      'work.fails': () => fails(new Error('broken')),
      'work.unavailable': () => fails(new UnavailableError('disk full')),
      // As long as the grace period, and longer than the pause before a second attempt.
      'time.passes': () => clock.increment(10_000),
    };
    moves[move]();
    await setImmediate();
  }
  return { runs, asked, take };
}
