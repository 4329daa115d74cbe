import { verdictOf } from './verdict.ts';

/** What became of the answer to a sample. */
export type SampleAnswer =
  | { kind: 'answered' | 'empty' }
  /** Requests for it failed, so many times. None: it was answered, and its judgement failed. */
  | { kind: 'failed'; words: string; times: number };

/**
 * What lmms-eval's models put in the place of an answer that they did not get. The text is scored as if the model had
 * said it.
 */
const FAILED = [
  /^\[LMMS_EVAL_[A-Z_]+/, // openai, async_openai, gemini: a request that failed, a budget that is used up.
  /^\[GENERATION_FAILED\]/, // Models that make pictures and videos.
  /^\[ERROR\] /, // The same, where there was nothing to ask.
  /^Video [^\n]* (?:can not load|generate failed), check the source$/, // llava_vid, oryx.
  /^Can not infer the answer\.$/, // llava_onevision_moviechat.
];
/** A safety filter took the answer away (gemini): the model was asked, and nothing came of it. */
const BLOCKED = /^\[SAFETY_BLOCKED/;
/** Python's `str` of no content at all. */
const NULL_TEXT = 'None';
const LONGEST_WORDS = 500;
/** Answers within answers: of repeats, of rounds, of choices. */
const DEEPEST = 8;

/**
 * What became of the answer to a sample of a samples file. It looks at what the model said (`resps`), which lmms-eval
 * leaves out where the filters changed nothing. Of several answers to one sample a failed one makes it failed, and
 * it is empty when all of them are.
 */
export function sampleAnswer(sample: Readonly<Record<string, unknown>>): SampleAnswer {
  const error = sample['error'];
  // As evald's own program for inspect writes what kept a sample from being evaluated.
  if (typeof error === 'string' && error !== '')
    return { kind: 'failed', words: error.slice(0, LONGEST_WORDS), times: 1 };
  const said = sample['resps'] ?? sample['filtered_resps'];
  // Not a samples file of lmms-eval, which always has one of both: nothing is known to be wrong with it.
  if (said === undefined) return { kind: 'answered' };
  const texts = [...textsIn(said, 0)];
  const failed = texts.filter((text) => FAILED.some((mark) => mark.test(text.trim())));
  if (failed[0] !== undefined) {
    return { kind: 'failed', words: failed[0].trim().slice(0, LONGEST_WORDS), times: failed.length };
  }
  const unjudged = judgeErrorOf(sample);
  if (unjudged !== null) return { kind: 'failed', words: unjudged.slice(0, LONGEST_WORDS), times: 0 };
  if (!texts.every(isNothing)) return { kind: 'answered' };
  // A model may say "None", too: where that is right, it did.
  const isSaid = texts.some((text) => text.trim() === NULL_TEXT) && isRight(sample);
  return { kind: isSaid ? 'answered' : 'empty' };
}

/** Some tasks (emma, stare) write beside a score that their judge gave none. */
function judgeErrorOf(sample: Readonly<Record<string, unknown>>): string | null {
  for (const score of Object.values(sample)) {
    if (typeof score !== 'object' || score === null || Array.isArray(score)) continue;
    const error: unknown = Reflect.get(score, 'judge_error');
    if (typeof error === 'string' && error !== '') return error;
  }
  return null;
}

/** Whether a sample was scored as right: then an empty answer is what was wanted. */
export function isRight(sample: Readonly<Record<string, unknown>>): boolean {
  return verdictOf(sample) === 'right';
}

function isNothing(text: string): boolean {
  const plain = text.trim();
  return plain === '' || plain === NULL_TEXT || BLOCKED.test(plain);
}

function* textsIn(value: unknown, depth: number): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value === null) yield '';
  else if (Array.isArray(value) && depth < DEEPEST) for (const one of value) yield* textsIn(one, depth + 1);
  // A number, an object: something was said.
  else if (!Array.isArray(value)) yield String(typeof value);
}
