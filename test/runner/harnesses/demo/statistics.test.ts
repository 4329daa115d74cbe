import { describe, expect, it } from 'vitest';
import { accuracy, pooled } from '../../../../src/runner/harnesses/demo/scores.ts';

const hits = (right: number, n: number) => Array.from({ length: n }, (_, index) => index < right);

describe('accuracy', () => {
  it('accuracy has the standard error √(p(1-p)/(n-1))', () => {
    const { mean, stderr, n } = accuracy(hits(150, 200));
    expect({ mean, n }).toEqual({ mean: 0.75, n: 200 });
    expect(stderr).toBeCloseTo(Math.sqrt((0.75 * 0.25) / 199), 12);
  });

  it('accuracy has the standard error that lmms-eval reported for 4 of 8', () => {
    expect(accuracy(hits(4, 8)).stderr).toBeCloseTo(0.1889822365046136, 12);
  });

  it('accuracy has no standard error for a single sample', () => {
    expect(accuracy([true])).toEqual({ mean: 1, stderr: null, n: 1 });
  });
});

describe('pooled scores', () => {
  it('pooled scores weigh by samples', () => {
    expect(pooled([accuracy(hits(10, 10)), accuracy(hits(0, 30))]).mean).toBe(0.25);
  });

  it('pooled scores have the standard error that lmms-eval reported for two tasks of 2 in 4', () => {
    const task = accuracy(hits(2, 4));
    expect(task.stderr).toBeCloseTo(0.28867513459481287, 12);
    expect(pooled([task, task]).stderr).toBeCloseTo(0.2041241452319315, 12);
  });

  it('pooled scores have no standard error when one of them has none', () => {
    expect(pooled([accuracy([true]), accuracy(hits(2, 4))]).stderr).toBeNull();
  });
});
