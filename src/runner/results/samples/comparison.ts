import { runLimits } from '../../../schemas/values/limits.ts';

/** Names for the answer that was read from a response: not the response itself, which says it in many ways. */
const PREDICTED = [
  'parsed_pred',
  'pred_answer',
  'parsed_prediction',
  'predicted_answer',
  'pred_parsed',
  'pred_letter',
  'extracted_answer',
];
/** Names for the right one. */
const ANSWERS = [
  'answer',
  'gt_answer',
  'correct_answer',
  'target_answer',
  'ground_truth',
  'groundtruth',
  'gt_letter',
  'gold',
  'gt',
  'answers',
];
const CHOICE = /^(?:multi(?:ple)?[-_ ]?choice|mcq?)$/i;
const OPEN = /^(?:open(?:[-_ ]?ended)?|short[-_ ]?answer)$/i;

type Plain = string | number;

/**
 * Whether the answer that was read from a response is the right one, as MMMU's own functions say it (`eval_multi_choice`,
 * `eval_open`), which most tasks with such objects use. Null when it cannot be said.
 *
 * lmms-eval 0.7.3 has a list of answers for each sample of MMMU, one a try, and of an open question a list of candidates for
 * each try; other tasks have the answer itself, or the candidates.
 */
export function comparison(parts: ReadonlyMap<string, unknown>): 'right' | 'wrong' | null {
  const predicted = firstOf(parts, PREDICTED);
  const answer = firstOf(parts, ANSWERS);
  const type = parts.get('question_type');
  if (predicted === undefined || answer === undefined) return null;
  const isRight = compare(predicted, answer, typeof type === 'string' ? type : null);
  if (isRight === null) return null;
  return isRight ? 'right' : 'wrong';
}

function firstOf(parts: ReadonlyMap<string, unknown>, names: readonly string[]): unknown {
  const name = names.find((one) => (parts.get(one) ?? null) !== null);
  return name === undefined ? undefined : parts.get(name);
}

function compare(predicted: unknown, answer: unknown, type: string | null): boolean | null {
  // Each is compared with each: of more than a question has it is not said.
  if (weightOf(predicted) * weightOf(answer) > runLimits.steps) return null;
  if (!isPlain(answer) && !isListOfPlain(answer)) return null;
  const isChoice = type !== null && CHOICE.test(type);
  if (type !== null && OPEN.test(type) && Array.isArray(predicted)) {
    const tries = predicted.some(Array.isArray) ? predicted : [predicted];
    return tries.every(isListOfPlain) ? tries.some((candidates) => isOpenRight(answer, candidates)) : null;
  }
  const same = isChoice ? isExactly : isAlike;
  if (isPlain(predicted)) return asList(answer).some((one) => same(one, predicted));
  if (!isListOfPlain(predicted) || (type !== null && !isChoice)) return null;
  // A question of several parts (MMMU Pro) has an answer for each; one of a single part may have been tried repeatedly.
  if (Array.isArray(answer) && type === null) return answer.some((one, at) => isPartRight(same, one, predicted[at]));
  return predicted.some((one) => asList(answer).some((right) => same(right, one)));
}

/** What it costs to compare each with each: texts by their characters. */
function weightOf(texts: unknown): number {
  if (typeof texts === 'string') return texts.length + 1;
  if (!Array.isArray(texts)) return 1;
  return texts.reduce((total: number, text: unknown) => total + weightOf(text), 1);
}

function isPartRight(same: (one: Plain, other: Plain) => boolean, one: Plain, other: Plain | undefined): boolean {
  return other !== undefined && same(one, other);
}

/** A candidate that is text has the answer in it; one that is a number is the answer, of two decimals. */
function isOpenRight(answer: Plain | readonly Plain[], candidates: readonly Plain[]): boolean {
  const right = asList(answer).flatMap(normalized);
  return candidates.some((candidate) =>
    right.some((one) => {
      if (typeof candidate === 'string') return typeof one === 'string' && candidate.includes(one);
      return one === candidate;
    }),
  );
}

/** A number as such; a single letter with a space, so that it is not found in every word. */
function normalized(answer: Plain): Plain[] {
  if (typeof answer === 'number') return [rounded(answer)];
  const text = answer.trim();
  const number = Number(text.replaceAll(',', ''));
  if (text !== '' && Number.isFinite(number)) return [rounded(number)];
  const lower = text.toLowerCase();
  return lower.length === 1 ? [` ${lower}`, `${lower} `] : [lower];
}

/** Two decimals as Python rounds: what is exactly in the middle (0.125) goes to the even one. */
function rounded(number: number): number {
  const isMiddle = Number.isInteger(number * 8) && !Number.isInteger(number * 4);
  if (!isMiddle) return Number(number.toFixed(2));
  const low = Math.floor(number * 100);
  return (low % 2 === 0 ? low : low + 1) / 100;
}

const isExactly = (one: Plain, other: Plain): boolean => one === other;

const isAlike = (one: Plain, other: Plain): boolean =>
  String(one).trim().toLowerCase() === String(other).trim().toLowerCase();

const asList = (answer: Plain | readonly Plain[]): readonly Plain[] => (isPlain(answer) ? [answer] : answer);

function isPlain(value: unknown): value is Plain {
  return typeof value === 'string' || typeof value === 'number';
}

function isListOfPlain(value: unknown): value is readonly Plain[] {
  return Array.isArray(value) && value.every(isPlain);
}
