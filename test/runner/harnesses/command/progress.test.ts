import { expect, test } from 'vitest';
import { compileProgress, createCommandMeter } from '../../../../src/runner/harnesses/command/progress.ts';
import { expectWithin } from '../../../support/measuring/least.ts';
import { processorTime } from '../../../support/processorTime.ts';

const meterOf = async (source: string) => createCommandMeter(await compileProgress(source));

test('the last line of a command that matches says how far its run is, and no line says it twice', async () => {
  const meter = await meterOf('done (?<done>\\d+) of (?<total>\\d+)');
  expect(meter(['loading', 'done 1 of 8', 'done 2 of 8', 'other'])).toEqual({
    ...{ phase: 'running', done: 2, total: 8, percent: 25, rate: null, eta_seconds: null },
  });
  expect(meter(['nothing'])).toBeNull();
  expect(meter(['done 2 of 8'])).toBeNull();
  expect(meter(['done 9 of 8'])).toMatchObject({ done: 9, percent: 100 });
});

test('a group phase of a command names what its run does', async () => {
  const meter = await meterOf('(?<phase>\\w+): (?<done>\\d+)/(?<total>\\d+)');
  expect(meter(['scoring: 3/4'])).toMatchObject({ phase: 'scoring', percent: 75 });
});

test('what matches and is no number shows no progress of a command', async () => {
  const meter = await meterOf('(?<done>\\S*) of (?<total>\\S*)');
  expect(meter(['one of two', ' of ', '-1 of 4', `${'9'.repeat(30)} of 4`])).toBeNull();
});

test('no output makes an expression that would backtrack take more than linear time', async () => {
  const meter = await meterOf('(?:(?:a+)+)+(?<done>\\d+)/(?<total>\\d+)$');
  const lines = Array.from({ length: 1_000 }, () => `${'a'.repeat(1_000)}!`);
  // Backtracking would take longer than the universe has; of a second look what compiles is left out.
  meter(lines);
  await expectWithin(2_000, 'processor', () => processorTime(() => meter(lines)));
});
