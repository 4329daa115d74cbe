import type { Command } from 'commander';
import { addFlags, flagsOf } from '../config/flags.ts';
import type { OptionName } from '../config/options.ts';
import { ConfigError, readSettings } from '../config/readConfig.ts';
import { journalVerbs } from './journalVerbs.ts';
import type { Environment, Run } from './program.ts';

const names = Object.keys(journalVerbs);

/** Adds `evald journal` with its verbs. */
export function addJournal(program: Command, env: Environment, run: Run): void {
  const journal = program
    .command('journal')
    .description('looks after the record of jobs: check and export work in whatever state it is')
    .usage(`${names.join('|')} [options]`)
    .argument('[verb]')
    .action((verb = 'nothing') => {
      throw new ConfigError(`journal: ${verb} is no verb; ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`);
    });
  const add = (verb: keyof typeof journalVerbs, options: readonly OptionName[]) =>
    addFlags(journal.command(verb).description(journalVerbs[verb]), options).addHelpText(
      'after',
      '\nExit codes: 0 done, 1 it could not be done or is not whole, 2 an option is wrong.',
    );

  for (const verb of ['check', 'export'] as const) {
    const command = add(verb, ['data-dir']).action(() => {
      const { 'data-dir': folder } = readSettings(['data-dir'], flagsOf(command), env);
      run(async () => (await import('./journal.ts')).journalCommand(verb, folder));
    });
  }
  for (const verb of ['backup', 'restore'] as const) {
    const force =
      verb === 'backup'
        ? 'replaces FILE where it is there'
        : 'also while a run goes on of which the backup knows nothing: that is left to itself';
    const command = add(verb, ['data-dir'])
      .usage('FILE [options]')
      .argument('[files...]', verb === 'backup' ? 'where the copy is to be' : 'the backup')
      .option('--force', force)
      .action((files: string[], { force: isForced = false }: { force?: boolean }) => {
        const { 'data-dir': folder } = readSettings(['data-dir'], flagsOf(command), env);
        const [file, ...more] = files;
        if (file === undefined) throw new ConfigError(`journal ${verb}: FILE is missing (see --help)`);
        if (more.length > 0) throw new ConfigError(`journal ${verb}: one FILE, not ${files.length} (see --help)`);
        run(async () => (await import('./upkeep.ts'))[`${verb}Command`](folder, file, isForced));
      });
  }
  const prune = add('prune', ['data-dir', 'history', 'history-days'])
    .option('--dry-run', 'only says how many jobs would be forgotten; beside a server too')
    .action(({ dryRun: isDry = false }: { dryRun?: boolean }) => {
      const {
        'data-dir': folder,
        history,
        'history-days': days,
      } = readSettings(['data-dir', 'history', 'history-days'], flagsOf(prune), env);
      run(async () => (await import('./upkeep.ts')).pruneCommand(folder, { history, days }, isDry));
    });
  const vacuum = add('vacuum', ['data-dir']).action(() => {
    const { 'data-dir': folder } = readSettings(['data-dir'], flagsOf(vacuum), env);
    run(async () => (await import('./upkeep.ts')).vacuumCommand(folder));
  });
}
