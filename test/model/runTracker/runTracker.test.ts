import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { runTrackerMachine } from '../../../src/machines/runTracker/runTracker.ts';
import { follow } from '../follow.ts';
import { looks, requests, type TrackerMove, type Work } from './looks.ts';
import { expectPromises } from './promises.ts';
import { scenarios } from './scenarios.ts';
import { steeredPort } from './steeredPort.ts';
import { inputOf, lineOf, modelOf, type Origin, origins, trackerPaths, visibleOf } from './system.ts';

// XState's development build warns of each event that comes after the end.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

/** A tracker that is an actor, and what it reports and asks for, in order. */
function tracking(origin: Origin) {
  const log: string[] = [];
  const { port, settle } = steeredPort((line) => log.push(line));
  const clock = new SimulatedClock();
  const tracker = createActor(runTrackerMachine, { input: inputOf(origin, port), clock });
  tracker.on('*', (report) => log.push(lineOf(report)));
  tracker.start();
  const take = async (move: TrackerMove): Promise<void> => {
    if (move in looks) tracker.send(looks[move as keyof typeof looks]);
    else if (move in requests) tracker.send(requests[move as keyof typeof requests]);
    else if (move === 'time passes') clock.increment(30_000);
    else {
      settle(move as Work);
      await setImmediate();
    }
  };
  return { tracker, log, take };
}

describe.for(origins)('a tracker that begins as %s', (origin) => {
  const { paths, states } = trackerPaths(origin);

  test(`a tracker does as an actor what its chart does, on every edge (${states.length} states, ${paths.length} paths)`, async () => {
    for (const moves of paths) {
      const { tracker, log, take } = tracking(origin);
      await follow(moves, modelOf(origin), { take, visible: () => visibleOf(tracker.getSnapshot(), log) });
      expectPromises(moves, log, origin);
      tracker.stop();
    }
  });
});

test.each(scenarios)('%s', async (_, origin, moves, expected) => {
  const { tracker, log, take } = tracking(origin);
  for (const move of moves) await take(move);
  expect(log).toEqual(expected);
  tracker.stop();
});
