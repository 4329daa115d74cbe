import { Command, Help } from 'commander';
import { addFlags, flagsOf, helpLayout } from '../config/flags.ts';
import type { Config } from '../config/options.ts';
import { ConfigError, optionNames, parseWords, readSettings } from '../config/readConfig.ts';
import { version } from '../version.ts';
import { verbs } from './commands/verbs.ts';
import { programHelp } from './frame/help.ts';
import { didYouMean } from './frame/suggest.ts';
import { addJournal } from './journalProgram.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command line asks for. */
export type CommandLine =
  | { command: 'serve'; config: Config }
  /** @returns the exit code; undefined when that is set. */
  | { command: 'other'; run(): Promise<number | undefined> };

const ABOUT = 'Queues, runs and reports evaluations; takes the place of the server of lmms-eval.';
const AFTER = `
A flag wins over its variable, a variable over the default.
Exit codes: 0 stopped by a signal, 1 it could not start or stop cleanly,
2 a setting is wrong.`;

/**
 * Reads the command line of `evald`. Without the name of a command it is `serve`.
 * @param words how evald was called, for the help.
 * @returns null when the help or the version was asked for, and is printed. @throws ConfigError
 */
export function readCommandLine(args: readonly string[], env: Environment, words = 'evald'): CommandLine | null {
  let commandLine: CommandLine | null = null;
  const run: Run = (other) => {
    commandLine = { command: 'other', run: other };
  };
  const program = new Command(words)
    .version(version, '--version', 'prints the version')
    .helpOption('-h, --help', 'prints this')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  // Inherited by those below.
  program.configureHelp({
    ...helpLayout,
    formatHelp: (command, helper) =>
      command === program ? programHelp(words) : new Help().formatHelp.call(helper, command, helper),
  });

  const serve = addFlags(program.command('serve', { isDefault: true }), optionNames)
    .description(`${ABOUT} Runs the server, until it is asked to end; what is done without a command.`)
    .addHelpText('after', AFTER)
    .allowExcessArguments()
    .action(() => {
      const [word] = serve.args;
      if (word !== undefined) throw unknownCommand(word);
      commandLine = { command: 'serve', config: readSettings(optionNames, flagsOf(serve), env) };
    });

  addCheck(program, env, run);
  addJournal(program, env, run);
  addToken(program, env, run);
  program
    .command('demo')
    .description('shows evald working, without Python or a GPU: a server, three evaluations, their scores')
    .option('--stay', 'keeps the server, with two training runs to look at in its page, until Ctrl-C')
    .action(() =>
      run(async () => {
        await import('./demo/demo.ts');
        return undefined;
      }),
    );
  // Before its options are read, which are those of another command.
  const [first = ''] = args;
  if (/^[^-]/.test(first) && !Object.hasOwn(verbs, first)) throw unknownCommand(first);
  return parseWords(program, args) ? commandLine : null;
}

const unknownCommand = (word: string) =>
  new ConfigError(`${JSON.stringify(word)} is no command${didYouMean(word, Object.keys(verbs))} (see --help)`);

/** Takes what a command line asks for. */
export type Run = (command: () => Promise<number | undefined>) => void;

/** Seconds that the run of `evald check` on a node may take, its wait in the queue included. */
const NODE_PATIENCE = 120;

function addCheck(program: Command, env: Environment, run: Run): void {
  const check = addFlags(program.command('check'), optionNames)
    .description(
      'tries what a server with these options needs, before it is started or beside it: disks, tokens, port, GPUs, the Python of the harness, the engine, and on an engine one small run on a node',
    )
    .option('--json', 'prints the checks as JSON')
    .option('--patience <SECONDS>', `time for the run on a node, its wait in the queue included (${NODE_PATIENCE})`)
    .addHelpText('after', '\nExit codes: 0 nothing is an error, 1 something is, 2 an option is wrong.')
    .allowExcessArguments(false)
    .action(({ json = false, patience = String(NODE_PATIENCE) }: { json?: boolean; patience?: string }) => {
      const seconds = Number(patience);
      if (!(seconds > 0 && seconds <= 86_400)) {
        throw new ConfigError(`check: --patience must be a number of seconds above 0, to 86400, not ${patience}`);
      }
      const config = readSettings(optionNames, flagsOf(check), env);
      run(async () => (await import('./check.ts')).checkCommand(config, json, seconds));
    });
}

function addToken(program: Command, env: Environment, run: Run): void {
  const token = program
    .command('token')
    .description('makes tokens for clients')
    .usage('create NAME [options]')
    .argument('[verb]')
    .action((verb = 'nothing') => {
      throw new ConfigError(`token: ${verb} is no verb; create`);
    });
  const create = token
    .command('create')
    .description('makes a token and prints it: the only time that it can be read; what is kept is its SHA-256')
    .usage('NAME --role ROLE [--tokens FILE] [--expires TIME] [--secrets NAMES]')
    .argument('[names...]', 'the name of its holder')
    .option(
      '--role <ROLE>',
      'read: may look; submit: may also submit, repeat, merge, and cancel and stop jobs of its own; admin: may do everything',
    )
    .option('--expires <TIME>', 'from when on the token is refused: 90d, 12h, or a date (2027-02-27); without it never')
    .option(
      '--secrets <NAMES>',
      "secrets of the server's --secrets that its requests may name: openai,hf, or '*' for any; without it none, for admin any",
    );
  addFlags(create, ['tokens'])
    .addHelpText(
      'after',
      `
The token's line is added to the file of --tokens, which is made if need be (0600);
without it the line is printed too. A server reads its file again on SIGHUP.`,
    )
    .action((names: string[], given: { role?: string; expires?: string; secrets?: string }) => {
      const { tokens } = readSettings(['tokens'], flagsOf(create), env);
      run(async () => (await import('./token.ts')).createTokenCommand({ names, ...given, file: tokens }));
    });
}
