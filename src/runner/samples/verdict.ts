/** Names of scores that say right or wrong, the ones that say it most plainly first. */
const SCORES = ['exact_match', 'acc', 'accuracy', 'is_correct', 'correct', 'score'];
/** `mmmu_acc`, `relaxed_accuracy`, `acc_score`; what judges only the form of an answer does not count. */
const SCORE_ENDING = /_(?:exact_match|acc|accuracy|is_correct|correct|score)$/i;
const FORM = /format/i;

export type Verdict = 'right' | 'wrong' | null;

/**
 * Whether a sample of a samples file is wrong: its score is 0 or false. Null when no score of it says so.
 *
 * Tasks write a number or a boolean, or an object: with a score of its own, or with the answer that was read from the
 * response (`parsed_pred`, `pred_answer`) and the right one (`answer`), which then are compared.
 */
export function verdictOf(sample: unknown): Verdict {
  if (typeof sample !== 'object' || sample === null) return null;
  const scores = new Map(Object.entries(sample));
  const others = scores.keys().filter((name) => SCORE_ENDING.test(name) && !FORM.test(name));
  for (const name of [...SCORES, ...others]) {
    const verdict = verdictOfScore(scores.get(name));
    if (verdict !== null) return verdict;
  }
  return null;
}

function verdictOfScore(score: unknown): Verdict {
  if (typeof score !== 'object' || score === null) return verdictOfValue(score);
  const parts = new Map<string, unknown>(Object.entries(score));
  for (const name of SCORES) {
    const verdict = verdictOfValue(parts.get(name));
    if (verdict !== null) return verdict;
  }
  const predicted = parts.get('parsed_pred') ?? parts.get('pred_answer');
  const answer = parts.get('answer');
  if (typeof predicted !== 'string' || typeof answer !== 'string') return null;
  return plain(predicted) === plain(answer) ? 'right' : 'wrong';
}

function verdictOfValue(value: unknown): Verdict {
  if (typeof value === 'boolean') return value ? 'right' : 'wrong';
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return value === 0 ? 'wrong' : 'right';
}

const plain = (text: string): string => text.trim().toLowerCase();
