/** A mean and how sure it is. */
export type Score = {
  mean: number;
  /** Standard error of the mean; null when there are too few samples to know. */
  stderr: number | null;
  /** Samples. */
  n: number;
};

/**
 * The share of hits. Its standard error is the sample's standard deviation over √n; for hits and misses that is
 * √(p(1-p)/(n-1)), with n-1 because p was estimated from the same samples. Null for a single sample.
 */
export function accuracy(hits: readonly boolean[]): Score {
  const n = hits.length;
  const mean = hits.filter((hit) => hit).length / n;
  return { mean, stderr: n > 1 ? Math.sqrt((mean * (1 - mean)) / (n - 1)) : null, n };
}

/**
 * The scores of several tasks as one: the mean weighted by samples, and lmms-eval's pooled standard error, which
 * averages the tasks' own variances, so that a difference between the tasks' means adds nothing to it.
 */
export function pooled(scores: readonly Score[]): Score {
  const n = scores.reduce((sum, score) => sum + score.n, 0);
  const mean = scores.reduce((sum, score) => sum + score.mean * score.n, 0) / n;
  let squares = 0;
  for (const score of scores) {
    if (score.stderr === null) return { mean, stderr: null, n };
    squares += (score.n - 1) * score.n * score.stderr ** 2;
  }
  return { mean, stderr: Math.sqrt(squares / (n - scores.length) / n), n };
}
