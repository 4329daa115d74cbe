import { expect, test } from 'vitest';
import { readFrame } from '../../../src/runner/progress/tqdm.ts';

test('frames of a bar are read, with and without a label, with the rate and the time that is left', () => {
  expect(readFrame('Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]')).toEqual({
    label: 'Model Responding',
    rank: null,
    done: 1,
    total: 30,
    elapsed: 0,
    rate: 2,
    eta: 14,
  });
  expect(readFrame('  0%|          | 0/8 [00:00<?, ?it/s]')).toEqual({
    label: '',
    rank: null,
    done: 0,
    total: 8,
    elapsed: 0,
    rate: null,
    eta: null,
  });
  expect(readFrame('100%|██████████| 8/8 [00:00<00:00, 6250.83it/s]')).toMatchObject({ done: 8, eta: 0 });
  expect(readFrame('A:  1%|          | 3/400 [2:02:02<269:11:03, 2.50s/it]')).toMatchObject({
    rate: 0.4,
    eta: 969_063,
  });
});

test('lines that stand for bars where there is no terminal are read, with the rank that they name', () => {
  // As lmms-eval 0.7.3 writes them for vLLM and SGLang.
  const line =
    '\u001b[32m2026-11-29 01:00:00\u001b[0m | \u001b[1mINFO    \u001b[0m | \u001b[36mlmms_eval.models.model_utils.progress\u001b[0m:\u001b[36mupdate\u001b[0m:\u001b[36m88\u001b[0m - \u001b[1m[rank 1] Model Responding: 104/2837 (3.7%) | 1.52 it/s | elapsed 1m08s | ETA 30m02s\u001b[0m';
  expect(readFrame(line)).toEqual({
    label: 'Model Responding',
    rank: 1,
    done: 104,
    total: 2837,
    elapsed: 68,
    rate: 1.52,
    eta: 1802,
  });
  expect(readFrame(line.replace('30m02s', '2h05m'))?.eta).toBe(7_500);
  expect(readFrame(line.replace('30m02s', '?'))?.eta).toBeNull();
});

test('lines that only look like progress are not', () => {
  const words = '[rank 0] Model Responding: 3/30 (10.0%) | 1.00 it/s | elapsed 3s | ETA 27s';
  for (const line of ['', words, '50% done', 'Loading: 3/4', '| 1/30 [', 'x'.repeat(100_000), '%|'.repeat(50_000)]) {
    expect(readFrame(line)).toBeNull();
  }
});
