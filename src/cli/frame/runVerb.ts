import { Command, CommanderError, Option } from 'commander';
import type { Flags, Verb } from '../commands/verb.ts';
import { verbs } from '../commands/verbs.ts';
import { createContext } from './createContext.ts';
import { errorLines } from './errorText.ts';
import { type ExitCode, exitCodeOf, exitCodes, UsageError } from './exitCodes.ts';
import { choice, flagName, text, toggle } from './flag.ts';
import { verbHelp } from './help.ts';
import { allFormats, formats } from './output/listing.ts';
import { didYouMean } from './suggest.ts';

/** Flags of every verb. */
export const commonFlags = {
  server: text('URL|NAME', ''),
  yes: toggle('', { short: 'y' }),
};
/** Flags of those that print rows. */
export const outputFlags = ({ parquet }: Pick<Verb, 'parquet'>) => ({
  output: choice(parquet ? allFormats : formats, '', { short: 'o' }),
  columns: text('A,B', ''),
});

/**
 * Runs a verb of the client, until its readers have all that it wrote. @param called how evald was called, for the help.
 * @returns the exit code.
 */
export async function runVerb(name: string, args: readonly string[], called: string): Promise<ExitCode> {
  const code = await run(name, args, called);
  // Nothing more is under way that Ctrl-C could end in good order.
  process.on('SIGINT', () => process.exit(exitCodes.interrupted));
  // A process that ends takes with it what a pipe had no room for.
  await Promise.all([process.stdout, process.stderr].map(taken));
  return code;
}

/** Resolves when all that was written has been taken, or the reader has gone. */
const taken = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()));

async function run(name: string, args: readonly string[], called: string): Promise<ExitCode> {
  // A reader that has gone, as of `| head`, is no error; what was decided stands.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
    process.exit(process.exitCode ?? (code === 'EPIPE' ? exitCodes.ok : exitCodes.crashed)),
  );
  process.stderr.on('error', () => {});
  const interruption = new AbortController();
  process.on('SIGINT', () => {
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    interruption.abort();
  });
  try {
    const loaded = await verbs[name]?.load?.();
    if (loaded === undefined) throw new UsageError(`${JSON.stringify(name)} is no command`, `${called} --help`);
    const { verb } = loaded;
    const read = parse(name, verb, args, called);
    if (read === null) {
      process.stdout.write(verbHelp(name, verb, called));
      return exitCodes.ok;
    }
    const context = createContext({ ...read.common, signal: interruption.signal });
    return (await verb.run(context, read.words, read.given)) ?? exitCodes.ok;
  } catch (error) {
    const lines = errorLines(error);
    if (lines === undefined) {
      console.error(error);
      return exitCodes.crashed;
    }
    lines.forEach((line, index) => void process.stderr.write(`${index === 0 ? 'evald: ' : ''}${line}\n`));
    return exitCodeOf(error) ?? exitCodes.failed;
  }
}

/** Reads the words behind a verb. @returns null when its help is asked for. @throws UsageError */
function parse(name: string, verb: Verb, args: readonly string[], called: string) {
  const help = `${called} ${name} --help`;
  const flags = { ...verb.flags, ...commonFlags, ...(verb.output && outputFlags(verb)) };
  const command = new Command(name)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption('-h, --help')
    .argument('[words...]');
  for (const [key, { short, value }] of Object.entries(flags)) {
    const long = `${flagName(key)}${value === null ? '' : ' <value>'}`;
    command.addOption(
      new Option(short === undefined ? long : `-${short}, ${long}`).argParser((given: string, before: unknown) => [
        ...(Array.isArray(before) ? before : []),
        given,
      ]),
    );
  }
  if (verb.output) command.option('--no-header');
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new UsageError(unknownFlag(error.message, [...Object.keys(flags).map(flagName), '--help']), help);
  }
  const opts = command.opts<Record<string, unknown>>();
  const given = <F extends Flags>(known: F) =>
    Object.fromEntries(
      Object.entries(known).map(([key, flag]) => {
        const value = opts[key];
        const texts = value === undefined ? [] : Array.isArray(value) ? value : ['true'];
        return [key, flag.read(flagName(key), texts)];
      }),
    ) as { [Name in keyof F]: ReturnType<F[Name]['read']> };
  const [least, most] = verb.words;
  const words = command.args;
  if (words.length < least)
    throw new UsageError(`${name}: something is missing: ${called} ${name} ${verb.usage}`, help);
  if (words.length > most) {
    throw new UsageError(
      `${name}: ${JSON.stringify(words[most])} is too much: ${called} ${name} ${verb.usage}`.trimEnd(),
      help,
    );
  }
  const { output, columns } = verb.output ? given(outputFlags(verb)) : {};
  const names = columns?.split(',').map((column) => column.trim());
  return {
    words,
    given: given(verb.flags),
    common: {
      ...given(commonFlags),
      output: { format: output ?? verb.format ?? ('table' as const), columns: names, header: opts['header'] !== false },
    },
  };
}

/** What commander says, in one line, with a suggestion. */
function unknownFlag(message: string, known: readonly string[]): string {
  const [line = ''] = message.replace(/^error: /, '').split('\n', 1);
  const flag = /^unknown option '([^'=]+)/.exec(line)?.[1];
  return flag === undefined ? line.replace(/ <value>/, '') : `${flag} is no option${didYouMean(flag, known)}`;
}
