import type { Comparison } from '../../../schemas/scores/comparison.ts';
import { maskText } from '../../../schemas/secrets/secrets.ts';
import { ownValue } from '../../../schemas/values/ownValue.ts';
import type { ResultsFile } from '../files/resultsFile.ts';

export type Difference = Comparison['configuration'][number];

type Settings = { readonly [field: string]: string | null };

/** Characters shown of a value. */
const LONGEST_SHOWN = 500;
const UNKNOWN_VERSION = 'unknown@unknown';
const SEEDS = ['random_seed', 'numpy_seed', 'torch_seed', 'fewshot_seed'];

/** What differs between two runs as a whole; a field that one has not is null there. */
export function differencesOf(a: Settings, b: Settings, task: string | null = null): Difference[] {
  const fields = [...new Set([a, b].flatMap(Object.keys))];
  return fields.flatMap((field) => {
    const [one, other] = [a, b].map((side) => (Object.hasOwn(side, field) ? (side[field] ?? null) : null));
    return one === other || one === undefined || other === undefined
      ? []
      : [{ task, field, a: shown(one), b: shown(other) }];
  });
}

/** What a results file says of how its run was made. */
export function settingsOf(file: ResultsFile): Settings {
  const version = file.lm_eval_version ?? file.lmms_eval_version;
  const seeds = SEEDS.map((name) => textOf(file.config[name])).filter((seed) => seed !== null);
  return {
    ...(version !== null && version !== UNKNOWN_VERSION && { harness_version: version }),
    git_hash: file.git_hash,
    chat_template: file.chat_template_sha ?? file.chat_template,
    system_instruction: file.system_instruction,
    seed: seeds.length === 0 ? null : [...(new Set(seeds).size === 1 ? new Set(seeds) : seeds)].join(','),
  };
}

/** What it says of how a task was evaluated. */
export function taskSettingsOf(file: ResultsFile, task: string): Settings {
  const definition = ownValue(file.configs, task) ?? {};
  return {
    task_version: textOf(ownValue(file.versions, task)),
    num_fewshot: textOf(ownValue(file['n-shot'], task)),
    gen_kwargs: textOf(definition['generation_kwargs']),
  };
}

/** A value as text: an object's names in order, so that the same arguments are the same text. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(sorted(value, 0));
}

const DEEPEST = 20;

function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((one) => sorted(one, depth + 1));
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one, depth + 1)]));
}

/** Files of earlier runs have credentials as they were given: in the arguments of generation, for one. */
function shown(text: string | null): string | null {
  const masked = text === null ? null : maskText(text);
  return masked !== null && masked.length > LONGEST_SHOWN
    ? `${masked.slice(0, LONGEST_SHOWN).toWellFormed()}…`
    : masked;
}
