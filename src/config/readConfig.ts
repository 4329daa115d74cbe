import { parseArgs } from 'node:util';
import { type Config, type Option, type OptionName, options } from './options.ts';

/** A setting cannot be used. The message is one line that names it and says what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const names = Object.keys(options) as OptionName[];

/**
 * The settings from a command line and an environment: a flag wins over its variable, that over the default.
 * @returns the settings, or `help` when `--help` was asked for.
 * @throws ConfigError
 */
export function readConfig(args: readonly string[], env: Environment): Config | 'help' {
  return readOptions(names, args, env);
}

/** The same for a command that has only some of the options: no other is looked at. */
export function readOptions<Name extends OptionName>(
  known: readonly Name[],
  args: readonly string[],
  env: Environment,
): Pick<Config, Name> | 'help';
export function readOptions(
  known: readonly OptionName[],
  args: readonly string[],
  env: Environment,
): Partial<Config> | 'help' {
  const flags = readFlags(known, args);
  if (flags['help']) return 'help';
  const read = known.map((name) => {
    const [source, value] = given(name, flags, env);
    const result = options[name].schema.safeParse(value);
    if (!result.success)
      throw new ConfigError(`${source} ${result.error.issues[0]?.message}, not ${JSON.stringify(value)}`);
    return [name, result.data];
  });
  return Object.fromEntries(read);
}

/** The name of an option's environment variable. */
export const variableOf = (name: OptionName): string => `EVALD_${name.toUpperCase().replaceAll('-', '_')}`;

function given(
  name: OptionName,
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Environment,
): [source: string, value: string] {
  const flag = flags[name];
  if (typeof flag === 'string') return [`--${name}`, flag];
  const variable = variableOf(name);
  const set = env[variable];
  return set === undefined ? [`--${name}`, options[name].default] : [variable, set];
}

function readFlags(
  known: readonly OptionName[],
  args: readonly string[],
): Record<string, string | boolean | undefined> {
  try {
    const { values } = parseArgs({
      args: bindValues(args),
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(known.map((name) => [name, { type: 'string' as const }])),
      },
    });
    return values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${message.split('\n')[0]} (see --help)`);
  }
}

/**
 * `--name value` as `--name=value`: else a value that begins with a dash, as of --extra-args, would be refused. One of
 * our own flags is no value: there the value was forgotten, or is that of a switch.
 */
function bindValues(args: readonly string[]): string[] {
  const bound: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const value = args[i + 1];
    if (value !== undefined && takes(arg, value)) {
      bound.push(`${arg}=${value}`);
      i++;
    } else bound.push(isSwitch(arg) ? `${arg}=true` : arg);
  }
  return bound;
}

function takes(flag: string, word: string): boolean {
  if (!isFlag(flag) || flag.includes('=') || isFlag(word)) return false;
  return !isSwitch(flag) || !word.startsWith('-');
}

function isSwitch(word: string): boolean {
  const table: Readonly<Record<string, Option<unknown>>> = options;
  return names.some((name) => word === `--${name}` && table[name]?.switch === true);
}

function isFlag(word: string): boolean {
  return names.some((name) => word === `--${name}` || word.startsWith(`--${name}=`));
}
