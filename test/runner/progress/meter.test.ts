import { describe, expect, test } from 'vitest';
import { createMeter } from '../../../src/runner/progress/meter.ts';

const frame = (label: string, done: number, total: number) =>
  `${label}${Math.floor((100 * done) / total)}%|██        | ${done}/${total} [00:01<00:09,  2.00it/s]`;

describe('progress', () => {
  test('is that of inference, then of what follows; the first bar and bars of libraries do not count', () => {
    const meter = createMeter(1);
    expect(meter([frame('', 8, 8), frame('Generating test split: ', 3, 8)])).toBeNull();
    expect(meter([frame('Model Responding: ', 1, 10)])).toMatchObject({
      phase: 'Model Responding',
      done: 1,
      percent: 10,
    });
    expect(meter([frame('Model Responding: ', 10, 10), frame('Postprocessing: ', 5, 10)])).toMatchObject({
      phase: 'Postprocessing',
      percent: 50,
    });
  });

  test('is told when it changed, not again', () => {
    const meter = createMeter(1);
    expect(meter([frame('Model Responding: ', 2, 10)])).not.toBeNull();
    expect(meter([])).toBeNull();
    expect(meter(['some line', frame('Model Responding: ', 2, 10)])).toBeNull();
  });

  test('of several ranks is their average', () => {
    const meter = createMeter(2);
    expect(meter([frame('Model Responding: ', 2, 10), frame('Model Responding: ', 6, 10)])).toMatchObject({
      done: 4,
      total: 10,
      percent: 40,
      rate: 2,
      eta_seconds: 9,
    });
  });
});
