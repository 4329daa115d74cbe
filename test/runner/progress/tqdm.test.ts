import { expect, test } from 'vitest';
import { readFrame } from '../../../src/runner/progress/tqdm.ts';

test('frames of a bar are read, with and without a label, with the rate and the time that is left', () => {
  expect(readFrame('Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]')).toEqual({
    label: 'Model Responding',
    done: 1,
    total: 30,
    rate: 2,
    eta: 14,
  });
  expect(readFrame('  0%|          | 0/8 [00:00<?, ?it/s]')).toEqual({
    label: '',
    done: 0,
    total: 8,
    rate: null,
    eta: null,
  });
  expect(readFrame('100%|██████████| 8/8 [00:00<00:00, 6250.83it/s]')).toMatchObject({ done: 8, eta: 0 });
  expect(readFrame('A:  1%|          | 3/400 [2:02:02<269:11:03, 2.50s/it]')).toMatchObject({
    rate: 0.4,
    eta: 969_063,
  });
});

test('lines that only look like progress are not', () => {
  for (const line of ['', '50% done', 'Loading: 3/4', '| 1/30 [', 'x'.repeat(100_000), '%|'.repeat(50_000)]) {
    expect(readFrame(line)).toBeNull();
  }
});
