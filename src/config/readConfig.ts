import { parseArgs } from 'node:util';
import { type Config, type OptionName, options } from './options.ts';

/** A setting cannot be used. The message is one line that names it and says what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const names = Object.keys(options) as OptionName[];

/**
 * The settings from a command line and an environment: a flag wins over its variable, that over the default.
 * @returns the settings, or `help` when `--help` was asked for.
 * @throws ConfigError
 */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config | 'help' {
  const flags = readFlags(args);
  if (flags['help']) return 'help';
  const read = names.map((name) => {
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
  env: Readonly<Record<string, string | undefined>>,
): [source: string, value: string] {
  const flag = flags[name];
  if (typeof flag === 'string') return [`--${name}`, flag];
  const variable = variableOf(name);
  const set = env[variable];
  return set === undefined ? [`--${name}`, options[name].default] : [variable, set];
}

function readFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  try {
    const { values } = parseArgs({
      args: bindValues(args),
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
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
 * our own flags is no value: there the value was forgotten. A switch may stand alone.
 */
function bindValues(args: readonly string[]): string[] {
  const bound: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const value = args[i + 1];
    if (isSwitch(arg) && (value === undefined || value.startsWith('-'))) bound.push(`${arg}=true`);
    else if (isFlag(arg) && !arg.includes('=') && value !== undefined && !isFlag(value)) {
      bound.push(`${arg}=${value}`);
      i++;
    } else bound.push(arg);
  }
  return bound;
}

function isSwitch(word: string): boolean {
  return names.some((name) => word === `--${name}` && 'isSwitch' in options[name]);
}

function isFlag(word: string): boolean {
  return names.some((name) => word === `--${name}` || word.startsWith(`--${name}=`));
}
