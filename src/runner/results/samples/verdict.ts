import { comparison } from './comparison.ts';

/** Names of scores that say right or wrong, the ones that say it most plainly first. */
const SCORES = ['exact_match', 'acc', 'accuracy', 'is_correct', 'correct', 'score'];
/** In an object that a task wrote for a metric there are others that mean nothing outside of it. */
const SCORES_INSIDE = [...SCORES, 'true_false', 'match_success', 'acc_score', 'mcq_correct', 'correctness', 'overall'];
/** `mmmu_acc`, `relaxed_accuracy`, `match/accuracy`; what judges only the form of an answer does not count. */
const SCORE_ENDING = /[_/](?:exact_match|acc|accuracy|is_correct|correct|score)$/i;
/** Metrics of which a high value is bad, or that say nothing of right and wrong. */
const OTHER = /format|error|submission|(?:^|_)(?:mae|mse|wer|cer|loss|distance|rate|iou)(?:$|_)/i;
/** Keys of a sample that are lmms-eval's own. */
const OWN = new Set(['doc', 'doc_id', 'target', 'arguments', 'resps', 'filtered_resps', 'token_counts', 'input']);

export type SampleVerdict = 'right' | 'wrong' | null;

/**
 * Whether a sample of a samples file is wrong: its score is 0 or false. Null when no score of it says so.
 *
 * Tasks write a number or a boolean, a list of them for repeats, or an object: with a score of its own, or with the answer
 * that was read from the response and the right one, which then are compared.
 */
export function verdictOf(sample: unknown): SampleVerdict {
  if (typeof sample !== 'object' || sample === null) return null;
  const scores = new Map<string, unknown>(Object.entries(sample));
  const named = [...scores.keys()].filter((name) => !OTHER.test(name));
  for (const name of [...SCORES, ...named.filter((one) => SCORE_ENDING.test(one))]) {
    const verdict = verdictOfScore(scores.get(name));
    if (verdict !== null) return verdict;
  }
  // Some tasks name a metric after what is asked (`Coarse Perception`, `mme_perception`): only its object says what it is.
  for (const name of named) {
    const score = scores.get(name);
    const verdict = OWN.has(name) || !isObject(score) ? null : verdictOfScore(score);
    if (verdict !== null) return verdict;
  }
  return null;
}

function verdictOfScore(score: unknown): SampleVerdict {
  if (Array.isArray(score)) return verdictOfSeveral(score);
  if (!isObject(score)) return verdictOfValue(score);
  const parts = new Map<string, unknown>(Object.entries(score));
  for (const name of SCORES_INSIDE) {
    const part = parts.get(name);
    const verdict = Array.isArray(part) ? verdictOfSeveral(part) : verdictOfValue(part);
    if (verdict !== null) return verdict;
  }
  return comparison(parts);
}

/** Of several tries one that is right makes a sample right, as it makes its mean more than 0. */
function verdictOfSeveral(scores: readonly unknown[]): SampleVerdict {
  const verdicts = scores.map((score) => (isObject(score) ? verdictOfScore(score) : verdictOfValue(score)));
  if (verdicts.includes('right')) return 'right';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'wrong') ? 'wrong' : null;
}

function verdictOfValue(value: unknown): SampleVerdict {
  if (typeof value === 'boolean') return value ? 'right' : 'wrong';
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return value === 0 ? 'wrong' : 'right';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
