import { expect, test } from 'vitest';
import { changeLines } from '../../../src/cli/watch/changes.ts';
import { nothingKnown } from '../../../src/cli/watch/state.ts';
import { cancelled, completed, failed, NOW, running, stateOf, waiting } from './states.ts';

const far = (percent: number) => ({
  ...running,
  progress: { ...running.progress, percent } as typeof running.progress,
});
const changes = (before: Parameters<typeof changeLines>[0], after: typeof before) => changeLines(before, after, NOW);

test('each change is a line: what became known, each tenth of a run, an end', () => {
  expect(changes(nothingKnown, stateOf([running, waiting, completed, failed, cancelled]))).toEqual([
    '4d5e6f70 random  completed in 3m10s  mmmu_val acc 0.512 ± 0.016  mathvista acc 0.250',
    '5e6f7081 majority  failed: Evaluation failed with return code 1: CUDA out of memory',
    '6f708192 gpt  cancelled',
    '1a2b3c4d llava  runs: 13 %, Model Responding 120/900, 3.4/s, ends in 45s',
    '3c4d5e6f internvl  waits: 3 ahead',
  ]);
  expect(changes(stateOf([far(11)]), stateOf([far(19)]))).toEqual([]);
  expect(changes(stateOf([far(19)]), stateOf([far(20)]))).toHaveLength(1);
});

test('that a server is away, and that the queue is paused, is said once each way', () => {
  const away = { away: { since: NOW, reason: 'refused' } };
  expect(changes(stateOf([waiting]), stateOf([waiting], away))).toEqual(['reconnecting: refused']);
  expect(changes(stateOf([waiting], away), stateOf([waiting], away))).toEqual([]);
  expect(changes(stateOf([waiting], away), stateOf([waiting]))).toEqual(['connected again']);
  expect(changes(stateOf([waiting]), stateOf([waiting], { paused: true }))).toEqual(['the queue is paused']);
  expect(changes(stateOf([waiting], { paused: true }), stateOf([waiting]))).toEqual(['the queue goes on']);
});
