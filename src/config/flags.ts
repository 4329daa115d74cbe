import { type Command, Option as Flag, type HelpConfiguration } from 'commander';
import type { Option } from './option.ts';
import { type OptionName, optionGroups, options } from './options.ts';

/** What was given of each flag, in order; a switch that stood alone is `true`. */
export type Flags = { readonly [Name in OptionName]?: string[] };

const names = Object.keys(options) as OptionName[];
const table: Readonly<Record<string, Option<unknown>>> = options;

/** The name of an option's environment variable. */
export const variableOf = (name: OptionName): string => `EVALD_${name.toUpperCase().replaceAll('-', '_')}`;

/** Gives a command the flags of some options; its help has their variables and defaults, from the table that reads them. */
export function addFlags(command: Command, known: readonly OptionName[]): Command {
  for (const name of known) command.addOption(flagOf(name));
  return command;
}

/** What a command that has been parsed was given. */
export function flagsOf(command: Command): Flags {
  const given = command.opts<Record<string, unknown>>();
  const flags = command.options.flatMap((flag) => {
    const value = given[flag.attributeName()];
    return value === undefined ? [] : [[flag.name(), value === true ? ['true'] : value]];
  });
  return Object.fromEntries(flags);
}

/** Below each flag what it is for, over the whole width: the names are long. */
export const helpLayout: HelpConfiguration = {
  optionTerm: ({ flags }) => flags.replaceAll(/[<>]/g, ''),
  formatItem: (term, _, description, helper) => {
    const text = helper.boxWrap(description, (helper.helpWidth ?? 80) - INDENT.length);
    return `  ${term}\n${text.replaceAll(/^/gm, INDENT)}`;
  },
};
const INDENT = ' '.repeat(6);

function flagOf(name: OptionName): Flag {
  const { value, help, default: standard, repeatable, switch: canStandAlone }: Option<unknown> = options[name];
  const often = repeatable === true ? ' (may be given several times; in the variable one a line)' : '';
  const flag = new Flag(
    `--${name} ${canStandAlone === true ? value : `<${value}>`}`,
    `${help}${often}\ndefault: ${standard || 'none'}; variable: ${variableOf(name)}`,
  );
  const group = optionGroups.find(([, members]) => name in members);
  if (group !== undefined) flag.helpGroup(`${group[0]}:`);
  return flag.argParser((text: string, before: unknown) => [...(Array.isArray(before) ? before : []), text]);
}

/**
 * `--name value` as `--name=value`: a value may begin with a dash, as of --extra-args, and be `--help`. One of our own flags
 * is no value: there the value was forgotten, and nothing after it counts.
 */
export function bindValues(args: readonly string[]): string[] {
  const bound: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!takesNext(arg)) bound.push(arg);
    else {
      i++;
      const value = args[i];
      if (value === undefined || isFlag(value)) return [...bound, arg];
      bound.push(`${arg}=${value}`);
    }
  }
  return bound;
}

const takesNext = (arg: string): boolean => names.some((name) => arg === `--${name}` && table[name]?.switch !== true);

const isFlag = (arg: string): boolean => names.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`));
