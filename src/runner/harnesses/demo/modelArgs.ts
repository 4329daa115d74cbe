import { sensitivityOf } from '../../../schemas/secrets/credentials.ts';

/** What `--model_args` says. */
export type ModelArgs = {
  /** From it all pictures and the answers of `random` are generated. */
  readonly seed: number;
  /** Seconds to wait before each answer. */
  readonly delay: number;
  /** Noise under which the model gets each picture, in levels of grey: less of it is a better model of the same kind. */
  readonly noise: number;
  /** Names the folder of the results, as in lmms-eval; empty when the arguments name no model. */
  readonly modelName: string;
};

const DEFAULT_SEED = 1234;
const LARGEST_SEED = 2 ** 32 - 1;
const LONGEST_DELAY = 3600;
const MOST_NOISE = 255;

// lmms-eval's order: the first of them found anywhere in the text wins.
const NAMING_KEYS = [
  'peft',
  'delta',
  'pretrained',
  'model',
  'model_version',
  'model_name',
  'model_id',
  'path',
  'engine',
];

/**
 * Reads `k=v,k=v`. Keys that only name a model are accepted, for they name the results' folder; the demo has no
 * weights to load. So are credentials, which it does not need: what evald does with them can be tried.
 *
 * @throws Error that names the argument: not `k=v`, unknown, or out of range.
 */
export function parseModelArgs(text: string): ModelArgs {
  let seed = DEFAULT_SEED;
  let delay = 0;
  let noise = 0;
  for (const [key, value] of splitModelArgs(text)) {
    if (key === 'seed') seed = number(key, value, { largest: LARGEST_SEED, whole: true });
    else if (key === 'delay') delay = number(key, value, { largest: LONGEST_DELAY, whole: false });
    else if (key === 'noise') noise = number(key, value, { largest: MOST_NOISE, whole: false });
    else if (!NAMING_KEYS.includes(key) && sensitivityOf(key) === null) {
      throw new Error(`model_args: unexpected argument '${key}'; the demo's models take seed, delay and noise`);
    }
  }
  return { seed, delay, noise, modelName: modelNameIn(text) };
}

/** The parts of `k=v,k=v`, in order. @throws Error that names the part which is none. */
export function splitModelArgs(text: string): [string, string][] {
  return text.split(',').flatMap((part) => {
    if (part.trim() === '') return [];
    const split = part.indexOf('=');
    if (split < 0) throw new Error(`model_args: expected key=value, got '${part}'`);
    return [[part.slice(0, split).trim(), part.slice(split + 1).trim()]];
  });
}

function number(key: string, text: string, { largest, whole }: { largest: number; whole: boolean }): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= largest && (!whole || Number.isInteger(value))) return value;
  throw new Error(`model_args: ${key} is a ${whole ? 'whole ' : ''}number from 0 to ${largest}, got '${text}'`);
}

/** The name of a model in its arguments; empty when there is none. */
export function modelNameIn(text: string): string {
  const prefix = NAMING_KEYS.map((key) => `${key}=`).find((candidate) => text.includes(candidate));
  // Found as mere text, so `my_model=x` counts as `model=`: lmms-eval does the same, and readers rely on it.
  return prefix === undefined ? '' : (text.split(prefix)[1]?.split(',')[0] ?? '');
}
