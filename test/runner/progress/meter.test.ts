import { describe, expect, test } from 'vitest';
import { createMeter } from '../../../src/runner/progress/meter.ts';

const frame = (label: string, done: number, total: number) =>
  `${label}${Math.floor((100 * done) / total)}%|██        | ${done}/${total} [00:01<00:09,  2.00it/s]`;

describe('progress', () => {
  test('progress is that of inference, then of what follows; the first bar and bars of libraries do not count', () => {
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

  // As `desc` has them in the models of lm-eval 0.4.13.
  test.each([
    'Running loglikelihood requests',
    'Running generate_until requests',
    'Running loglikelihood_rolling requests',
    'Running generate_until requests with text+image input',
    'Running generate_until requests with text+audio input',
    'Running loglikelihood function ...',
    'Requesting API',
    'Computing log-likelihoods',
    'Computing rolling log-likelihoods',
    'Generating text',
  ])('the bar of lm-eval "%s" is progress', (phase) => {
    const meter = createMeter(1);
    expect(meter([frame(`${phase}: `, 3, 10)])).toMatchObject({ phase, done: 3, percent: 30 });
    expect(meter([frame('Checking cached requests: ', 1, 10), frame('Tokenizing inputs: ', 1, 10)])).toBeNull();
  });

  test('progress is reported when it changed, not again', () => {
    const meter = createMeter(1);
    expect(meter([frame('Model Responding: ', 2, 10)])).not.toBeNull();
    expect(meter([])).toBeNull();
    expect(meter(['some line', frame('Model Responding: ', 2, 10)])).toBeNull();
  });

  test('progress of several ranks that draw is the average of their bars, whichever is ahead', () => {
    const meter = createMeter(2);
    const lines = [2, 6, 3].map((done) => frame('Model Responding: ', done, 10));
    expect(meter(lines)).toMatchObject({ done: 5, total: 10, percent: 45, rate: 2, eta_seconds: 9 });
    expect(meter([frame('Model Responding: ', 7, 10), frame('Model Responding: ', 4, 10)])).toMatchObject({
      percent: 55,
    });
  });

  test.each([1, 2, 8])('progress of %i ranks of which the first alone draws goes to the end', (ranks) => {
    const meter = createMeter(ranks);
    const percents = Array.from({ length: 11 }, (_, done) => meter([frame('Model Responding: ', done, 10)])?.percent);
    expect(percents).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    // It is drawn once more when it is closed.
    expect(meter([frame('Model Responding: ', 10, 10)])).toBeNull();
  });

  test('progress of ranks that end one after the other, each drawing its end twice, is whole after the last', () => {
    const meter = createMeter(2);
    const both = Array.from({ length: 10 }, (_, done) => [done, Math.max(0, done - 3)]).flat();
    expect(meter(both.map((done) => frame('Model Responding: ', done, 10)))?.percent).toBe(75);
    meter([frame('Model Responding: ', 10, 10), frame('Model Responding: ', 7, 10)]);
    meter([frame('Model Responding: ', 8, 10), frame('Model Responding: ', 9, 10)]);
    expect(meter([frame('Model Responding: ', 10, 10), frame('Model Responding: ', 10, 10)])?.percent).toBe(100);
  });

  test('progress of ranks with different numbers of samples counts each by its own', () => {
    const meter = createMeter(2);
    const lines = [
      [0, 4],
      [0, 5],
      [1, 5],
      [4, 4],
      [4, 4],
      [2, 5],
    ].map(([done = 0, total = 0]) => frame('Model Responding: ', done, total));
    expect(meter(lines)?.percent).toBe(66.7);
    expect(meter([frame('Model Responding: ', 5, 5)])?.percent).toBe(100);
  });

  test.each([1, 2])(
    'progress begins anew with the samples of another kind, also where the first bar never ended (%i ranks)',
    (ranks) => {
      const meter = createMeter(ranks);
      meter([0, 5, 10].map((done) => frame('Model Responding: ', done, 10)));
      expect(meter([frame('Model Responding: ', 0, 20)])).toMatchObject({ done: 0, total: 20, percent: 0 });
      meter([frame('Model Responding: ', 8, 20).replace('[00:01', '[01:30')]);
      const next = frame('Model Responding: ', 0, 30).replace('[00:01', '[00:00');
      expect(meter([next])).toMatchObject({ done: 0, total: 30 });
    },
  );

  test('progress of ranks that name themselves is counted by their names', () => {
    const meter = createMeter(2);
    const line = (rank: number, done: number) =>
      `lmms_eval.models.model_utils.progress:update:88 - [rank ${rank}] Model Responding: ${done}/10 (1.0%) | 1.00 it/s | elapsed 3s | ETA ${10 - done}s`;
    expect(meter([line(0, 2), line(1, 8)])).toMatchObject({ percent: 50, eta_seconds: 8 });
    expect(meter([line(0, 10), line(1, 10)])).toMatchObject({ percent: 100 });
  });

  test.each(['Model Responding (Editing)', 'Generating Videos', 'SAM3 Inference', 'FastVideo DP×4 generating'])(
    'progress is read of models that call it otherwise (%s)',
    (label) => {
      expect(createMeter(1)([frame(`${label}: `, 1, 10)])).toMatchObject({ phase: label, percent: 10 });
    },
  );
});
