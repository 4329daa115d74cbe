import { expect, test } from 'vitest';
import { readFrame } from '../../../src/runner/progress/tqdm.ts';

test('frames of a bar are read, with and without a label', () => {
  expect(readFrame('Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]')).toEqual({
    phase: 'Model Responding',
    done: 1,
    total: 30,
    percent: 3.3,
  });
  expect(readFrame('  0%|          | 0/8 [00:00<?, ?it/s]')).toEqual({
    phase: 'Preparing',
    done: 0,
    total: 8,
    percent: 0,
  });
  expect(readFrame('100%|██████████| 8/8 [00:00<00:00, 6250.83it/s]')).toMatchObject({ done: 8, percent: 100 });
});

test('lines that only look like progress are not', () => {
  for (const line of ['', '50% done', 'Loading: 3/4', '| 1/30 [', 'x'.repeat(100_000), '%|'.repeat(50_000)]) {
    expect(readFrame(line)).toBeNull();
  }
});
