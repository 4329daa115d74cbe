import type { Fault } from '../../../schemas/errors/errors.ts';
import {
  type PlaceholderName,
  parseWord,
  placeholders,
  placeholdersIn,
} from '../../../schemas/harness/commandTemplate.ts';
import { maskedNames, splitSecrets } from '../../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';

/** What placeholders stand for in a run. Null: no value. */
export type WordValues = Record<PlaceholderName, string | null>;

/** @param config path of the file that has the request whole; undefined: there is none. */
export function wordValues(
  request: EvaluateRequest,
  { output, config, here }: { output: string; config: string | undefined; here: string },
): WordValues {
  // What a mask stands in is not what was sent.
  const isMasked = maskedNames(request) !== null;
  const args = modelArgs(request);
  return {
    output,
    here,
    config: config ?? null,
    model: request.model,
    tasks: request.tasks.join(','),
    limit: isLimited(request) ? String(request.limit) : null,
    num_fewshot: textOf(request.num_fewshot),
    batch_size: textOf(request.batch_size),
    device: request.device || null,
    num_gpus: String(request.num_gpus),
    model_args: args === null || isMasked ? null : JSON.stringify(args),
    gen_kwargs: isMasked ? null : request.gen_kwargs || null,
    log_samples: request.log_samples ? 'true' : null,
  };
}

/**
 * The words of a command. One that has a placeholder without a value is left out; where it is nothing but that placeholder, the word
 * before it is left out too, if it begins with a dash and has no placeholder itself: it is its option.
 */
export function fillWords(words: readonly string[], values: Partial<WordValues>): string[] {
  const filled: { text: string; isOption: boolean }[] = [];
  for (const word of words) {
    const parts = parseWord(word);
    const isMissing = parts.some((part) => 'name' in part && (values[part.name] ?? null) === null);
    if (isMissing) {
      if (parts.length === 1 && filled.at(-1)?.isOption === true) filled.pop();
      continue;
    }
    const text = parts.map((part) => ('text' in part ? part.text : (values[part.name] ?? ''))).join('');
    filled.push({ text, isOption: word.startsWith('-') && parts.every((part) => 'text' in part) });
  }
  return filled.map(({ text }) => text);
}

/** What of a request would not reach a command, or stand where everybody can read it. @param name the harness's. */
export function faultsOfRequest(words: readonly string[], request: EvaluateRequest, name: string): Fault[] {
  const has = placeholdersIn(words);
  const fault = (field: keyof EvaluateRequest, what: string): Fault => ({
    path: [field],
    input: request[field],
    message: `\`${field}\` ${what}`,
  });
  const faults: Fault[] = [];
  if (request.predict_only) faults.push(fault('predict_only', `is not for ${name}: its results are scores`));
  for (const [placeholder, { field }] of Object.entries(placeholders)) {
    if (field === null) continue;
    const value = request[field];
    if (has.has(placeholder as PlaceholderName) && typeof value === 'string' && value.includes('\0')) {
      faults.push(fault(field, 'has a NUL character, which no command line can have'));
    }
  }
  if (has.has('config')) return faults;
  for (const field of askedOf(request)) {
    if (!has.has(field))
      faults.push(fault(field, `was asked, and the command of ${name} has no {${field}} that says so`));
  }
  const { request: masked, secrets } = splitSecrets(request);
  if (secrets === null) return faults;
  const field = masked.gen_kwargs === request.gen_kwargs ? 'model_args' : 'gen_kwargs';
  const what = `has a credential (${maskedNames(masked)}), and the command of ${name} has no {config}: without it the credential would stand on a command line, which everybody on the machine can read. Have the command take {config}, a file, or set the credential as a variable (\`env\` of its file, --pass-env)`;
  return [...faults, { path: [field], input: masked[field], message: `\`${field}\` ${what}` }];
}

/** What {config} has: the request, without what evald does with it itself. */
export function configOf({ output_dir: _, predict_only: __, ...request }: EvaluateRequest): string {
  const limit = isLimited(request) ? request.limit : null;
  return JSON.stringify({ ...request, limit, model_args: modelArgs(request) ?? {} }, null, 1);
}

/** Fields that say something, and would be passed over by a command that has no word for them. */
function askedOf(request: EvaluateRequest): (PlaceholderName & keyof EvaluateRequest)[] {
  const { num_fewshot, batch_size, device, gen_kwargs } = request;
  return [
    ...(isLimited(request) ? (['limit'] as const) : []),
    ...(num_fewshot === null ? [] : (['num_fewshot'] as const)),
    ...(batch_size === null ? [] : (['batch_size'] as const)),
    ...(device ? (['device'] as const) : []),
    ...(gen_kwargs ? (['gen_kwargs'] as const) : []),
    ...(modelArgs(request) === null ? [] : (['model_args'] as const)),
  ];
}

/** Without what is null, which is as if it were not there; null: none is left. */
function modelArgs({ model_args: args }: Pick<EvaluateRequest, 'model_args'>): Record<string, unknown> | null {
  const given = Object.entries(args ?? {}).filter(([, value]) => value !== null);
  return given.length === 0 ? null : Object.fromEntries(given);
}

const isLimited = ({ limit }: Pick<EvaluateRequest, 'limit'>): boolean => limit !== null && limit !== -1;

const textOf = (value: string | number | null): string | null => (value === null ? null : String(value));
