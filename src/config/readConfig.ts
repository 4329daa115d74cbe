import { Command, CommanderError } from 'commander';
import { addFlags, bindValues, type Flags, flagsOf, variableOf } from './flags.ts';
import type { Option } from './option.ts';
import { type Config, type OptionName, options } from './options.ts';
import { isServiceAddress } from './strayVariables.ts';

/** A setting cannot be used. The message is one line that names it and says what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of every option. */
export const optionNames = Object.keys(options) as OptionName[];
const table: Readonly<Record<string, Option<unknown>>> = options;

/**
 * The settings from a command line and an environment: a flag wins over its variable, that over the default.
 * @returns the settings, or `help` when `--help` was asked for.
 * @throws ConfigError
 */
export function readConfig(args: readonly string[], env: Environment): Config | 'help' {
  const command = addFlags(new Command('evald'), optionNames)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} });
  return parseWords(command, args) ? readSettings(optionNames, flagsOf(command), env) : 'help';
}

/**
 * Has a command read a command line, and do what it asks for.
 * @returns false when that was the help or the version, which it has printed.
 * @throws ConfigError that names what is not understood.
 */
export function parseWords(command: Command, args: readonly string[]): boolean {
  try {
    command.parse(bindValues(args), { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw new ConfigError(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ')} (see --help)`);
  }
}

/** The settings of some options: no other is looked at. @throws ConfigError */
export function readSettings<Name extends OptionName>(
  known: readonly Name[],
  flags: Flags,
  env: Environment,
): Pick<Config, Name>;
export function readSettings(known: readonly OptionName[], flags: Flags, env: Environment): Partial<Config> {
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

function given(name: OptionName, flags: Flags, env: Environment): [source: string, values: string[]] {
  const flag = flags[name];
  if (flag !== undefined) return notEmpty(name, `--${name}`, isRepeatable(name) ? flag : flag.slice(-1));
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

const isRepeatable = (name: OptionName): boolean => table[name]?.repeatable === true;
