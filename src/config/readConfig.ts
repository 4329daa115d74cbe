import { parseArgs } from 'node:util';
import { reasonOf } from '../thrown.ts';
import type { Option } from './option.ts';
import { type Config, type OptionName, options } from './options.ts';
import { isServiceAddress } from './serviceLinks.ts';

/** A setting cannot be used. The message is one line that names it and says what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const names = Object.keys(options) as OptionName[];
const table: Readonly<Record<string, Option<unknown>>> = options;

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
    const [source, values] = given(name, flags, env);
    const checked = values.map((value) => checkValue(name, source, value));
    return [name, isRepeatable(name) ? checked : checked[0]];
  });
  return Object.fromEntries(read);
}

/** @throws ConfigError that names where the value came from. */
function checkValue(name: OptionName, source: string, value: string): unknown {
  const result = options[name].schema.safeParse(value);
  if (result.success) return result.data;
  // A default is refused where it says that there is none.
  const isShown = table[name]?.secret !== true && value !== options[name].default;
  const shown = isShown ? `, not ${JSON.stringify(value)}` : '';
  throw new ConfigError(`${source} ${result.error.issues[0]?.message}${shown}`);
}

/** The name of an option's environment variable. */
export const variableOf = (name: OptionName): string => `EVALD_${name.toUpperCase().replaceAll('-', '_')}`;

function given(name: OptionName, flags: Flags, env: Environment): [source: string, values: string[]] {
  const flag = flags[name];
  if (Array.isArray(flag)) return notEmpty(name, `--${name}`, isRepeatable(name) ? flag : flag.slice(-1));
  const variable = variableOf(name);
  const set = env[variable];
  // Of Kubernetes, for a service named evald: not an operator's setting.
  const isForeign = name === 'port' && isServiceAddress(set);
  if (set !== undefined && !isForeign)
    return notEmpty(name, variable, isRepeatable(name) ? set.split('\n').filter((line) => line !== '') : [set]);
  return [`--${name}`, isRepeatable(name) ? [] : [options[name].default]];
}

/** An empty token is one that could not be read, as in `TOKEN=$(cat missing)`: to go without would open the door. */
function notEmpty(name: OptionName, source: string, values: string[]): [source: string, values: string[]] {
  if (table[name]?.filled !== true || !values.includes('')) return [source, values];
  throw new ConfigError(`${source} must not be empty`);
}

/** Whether an option is on a command line, where every user of the machine can read it. */
export function isOnCommandLine(name: OptionName, args: readonly string[]): boolean {
  return args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
}

type Flags = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>> & {
  [Name in OptionName]?: string[];
};

function readFlags(known: readonly OptionName[], args: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: bindValues(args),
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(known.map((name) => [name, { type: 'string' as const, multiple: true as const }])),
      },
    });
    return values;
  } catch (error) {
    const message = reasonOf(error);
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
  return names.some((name) => word === `--${name}` && table[name]?.switch === true);
}

const isRepeatable = (name: OptionName): boolean => table[name]?.repeatable === true;

function isFlag(word: string): boolean {
  return names.some((name) => word === `--${name}` || word.startsWith(`--${name}=`));
}
