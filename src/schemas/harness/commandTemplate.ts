import type { EvaluateRequest } from '../submission/evaluateRequest.ts';

/** What may stand in a word of a command, in braces. */
export type Placeholder = {
  /** What it stands for, for the page of harnesses. */
  about: string;
  /** The field of a request that it carries; null: none. */
  field: keyof EvaluateRequest | null;
};

/** Every placeholder. */
export const placeholders = {
  output: { about: 'the folder of the run, in which `results.json` is to be written', field: null },
  model: { about: '`model`', field: 'model' },
  tasks: { about: '`tasks`, with commas between them', field: 'tasks' },
  limit: { about: '`limit`; no value where all samples are asked for', field: 'limit' },
  num_fewshot: { about: '`num_fewshot`', field: 'num_fewshot' },
  batch_size: { about: '`batch_size`', field: 'batch_size' },
  device: { about: '`device`', field: 'device' },
  num_gpus: { about: '`num_gpus`; always has a value', field: 'num_gpus' },
  model_args: {
    about: '`model_args` as one JSON object; no value where a credential is among them',
    field: 'model_args',
  },
  gen_kwargs: { about: '`gen_kwargs` as text; no value where a credential is among them', field: 'gen_kwargs' },
  log_samples: { about: '`true` where samples are asked for, else no value', field: 'log_samples' },
  config: { about: 'a JSON file with all fields of the request, which only the user of evald can read', field: null },
  here: { about: 'the folder of the file that has the command', field: null },
} as const satisfies Record<string, Placeholder>;

export type PlaceholderName = keyof typeof placeholders;

/** A word as it was taken apart: texts, and names of placeholders. */
export type WordPart = { text: string } | { name: PlaceholderName };

/** Words that every run has, and those of which the values are known without a request. */
export const alwaysKnown: readonly PlaceholderName[] = ['here'];

/**
 * Takes a word of a command apart. `{{` and `}}` stand for braces.
 * @param allowed names of the placeholders that it may have.
 * @throws Error that says what is wrong, to go on after the name of the word.
 */
export function parseWord(word: string, allowed: readonly string[] = Object.keys(placeholders)): WordPart[] {
  const parts: WordPart[] = [];
  for (const [piece, name] of word.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) {
    if (name !== undefined) {
      if (!allowed.includes(name)) {
        const known = allowed.map((one) => `{${one}}`).join(', ');
        throw new Error(`has ${piece}, which is no placeholder here; there are ${known}, and {{ and }} for braces`);
      }
      parts.push({ name: name as PlaceholderName });
    } else if (piece === '{' || piece === '}') {
      throw new Error(`has a ${piece} alone; ${piece}${piece} stands for one`);
    } else parts.push({ text: piece === '{{' || piece === '}}' ? piece.charAt(0) : piece });
  }
  return parts;
}

/** Names of the placeholders that words have. @throws as `parseWord`. */
export function placeholdersIn(words: readonly string[]): Set<PlaceholderName> {
  return new Set(words.flatMap((word) => parseWord(word).flatMap((part) => ('name' in part ? [part.name] : []))));
}
