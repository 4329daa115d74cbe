import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { errorMessage } from '../../../errors.ts';
import { parseJson } from '../../../files/parseJson.ts';

/** The flags of a run, read; null where a flag was not given. */
export type ProgramArguments = {
  readonly model: string;
  readonly tasks: readonly string[] | null;
  readonly modelArgs: string;
  readonly batchSize: number | string;
  readonly device: string | null;
  readonly limit: number | null;
  readonly numFewshot: number | null;
  readonly genKwargs: string;
  readonly outputPath: string | null;
  readonly logSamples: boolean;
  readonly predictOnly: boolean;
};

export const USAGE = `usage: program --model MODEL --tasks A,B --output_path DIR [--model_args K=V,K=V] [--batch_size B]
  [--device D] [--limit L] [--num_fewshot N] [--gen_kwargs G] [--log_samples] [--predict_only] [--config FILE]`;

/** The command line cannot be read; the message names the flag. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Reads lmms-eval's flags, as `--flag=value` or `--flag value`. @throws UsageError */
export function parseArguments(argv: readonly string[]): ProgramArguments {
  const flags = parseFlags(argv);
  const config = readArguments(flags.config);
  const batchSize = flags.batch_size ?? '1';
  return {
    model: flags.model ?? '',
    tasks: flags.tasks === undefined ? null : flags.tasks.split(','),
    modelArgs: flags.model_args ?? config.model_args ?? '',
    batchSize: /^\d+$/.test(batchSize) ? Number(batchSize) : batchSize,
    device: flags.device ?? null,
    limit: number('limit', flags.limit, Number.isFinite),
    numFewshot: number('num_fewshot', flags.num_fewshot, Number.isInteger),
    genKwargs: flags.gen_kwargs ?? config.gen_kwargs ?? '',
    outputPath: flags.output_path ?? null,
    logSamples: flags.log_samples ?? false,
    predictOnly: flags.predict_only ?? false,
  };
}

const configSchema = z.object({ model_args: z.string().optional(), gen_kwargs: z.string().optional() });

/** What a configuration file says of the model and of generation, of which the flags win. That is all that is read of it. */
function readArguments(config: string | undefined): z.infer<typeof configSchema> {
  if (config === undefined) return {};
  try {
    return configSchema.parse(parseJson(readFileSync(config, 'utf8')));
  } catch (error) {
    throw new UsageError(`argument --config: ${config} is no JSON of arguments`, { cause: error });
  }
}

function parseFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: joinNegativeNumbers(argv),
      options: {
        model: text,
        tasks: text,
        model_args: text,
        batch_size: text,
        device: text,
        limit: text,
        num_fewshot: text,
        gen_kwargs: text,
        output_path: text,
        config: text,
        log_samples: flag,
        predict_only: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(errorMessage(error), { cause: error });
  }
}

/** `--limit -1` as `--limit=-1`: parseArgs would take the number for a flag, lmms-eval's parser does not. */
function joinNegativeNumbers(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const previous = joined.at(-1);
    if (/^-\d/.test(word) && previous !== undefined && /^--\w+$/.test(previous)) {
      joined[joined.length - 1] = `${previous}=${word}`;
    } else joined.push(word);
  }
  return joined;
}

function number(flag: string, text: string | undefined, isFit: (value: number) => boolean): number | null {
  if (text === undefined) return null;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!isFit(value)) throw new UsageError(`argument --${flag}: invalid value: '${text}'`);
  return value;
}
