/** What the scorers of Inspect write: correct, partly, incorrect, no answer. */
const GRADES: ReadonlyMap<unknown, number> = new Map([
  ['C', 1],
  ['P', 0.5],
  ['I', 0],
  ['N', 0],
]);
/** Names under which an object has its score, where its task declares none. */
const INSIDE = [
  'score',
  'exact_match',
  'acc',
  'accuracy',
  'is_correct',
  'correct',
  'correctness',
  'true_false',
  'match_success',
  'acc_score',
  'mcq_correct',
];

/**
 * What a sample scored, as a number: true and false are 1 and 0, grades (C, P, I, N) are 1, 0.5, 0 and 0, a list of repeats is
 * their mean. Of an object it is the score that its task declares, or the only one in it. Null: there is none that can be known.
 *
 * @param declared the name of the score in an object: `score_key` of the definition of the task, as in lmms-eval's own errors.
 */
export function sampleScore(written: unknown, declared: string | null): number | null {
  if (Array.isArray(written)) return meanOf(written.map((one) => plainScore(one) ?? scoreInside(one, declared)));
  return plainScore(written) ?? scoreInside(written, declared);
}

/** The mean of repeats; null when one of them is none: then it is not known what the harness made of it. */
function meanOf(scores: readonly (number | null)[]): number | null {
  let total = 0;
  for (const score of scores) {
    if (score === null) return null;
    total += score;
  }
  return scores.length === 0 ? null : total / scores.length;
}

function plainScore(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return GRADES.get(value) ?? null;
}

function scoreInside(value: unknown, declared: string | null): number | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const parts = new Map<string, unknown>(Object.entries(value));
  if (declared !== null && parts.has(declared)) return plainScore(parts.get(declared));
  const found = new Set(INSIDE.filter((name) => parts.has(name)).map((name) => plainScore(parts.get(name))));
  const [only = null] = found;
  return found.size === 1 ? only : null;
}
