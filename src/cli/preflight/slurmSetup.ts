import { userInfo } from 'node:os';
import { type SlurmCommands, SlurmError } from '../../runner/backends/slurm/command.ts';
import { type Check, fault, ok, unknown, warning } from '../doctor/check.ts';

/** The words of sbatch that say where, and on whose account, a job runs. */
const OPTIONS = { partition: /^(?:-p|--partition(?:=|$))/, account: /^(?:-A|--account(?:=|$))/ };

/** What the operator's words give an option of sbatch, the last time that they name it; null: they do not. Pure. */
export function wordOf(option: keyof typeof OPTIONS, args: readonly string[]): string | null {
  const begin = OPTIONS[option];
  let value: string | null = null;
  for (const [at, arg] of args.entries()) {
    const found = begin.exec(arg)?.[0];
    if (found !== undefined) value = arg.slice(found.length).replace(/^=/, '') || (args[at + 1] ?? '');
  }
  return value;
}

/**
 * Whether the partitions and the account of `--slurm-args` are there. Of a cluster that does not answer nothing is said: its own check does.
 * Never throws.
 */
export async function slurmChecks(commands: SlurmCommands, args: readonly string[]): Promise<Check[]> {
  return [...(await partitionChecks(commands, args)), ...(await accountChecks(commands, args))];
}

async function partitionChecks(commands: SlurmCommands, args: readonly string[]): Promise<Check[]> {
  const text = await commands.run('sinfo', ['--noheader', '--format=%P|%a|%D|%T']).catch(() => null);
  return text === null ? [] : partitionsIn(text, wordOf('partition', args));
}

/** By what sinfo writes: a line for each partition and state of nodes; a star behind the usual one. Pure. */
export function partitionsIn(text: string, named: string | null): Check[] {
  const rows = text.split('\n').flatMap((line) => {
    const [partition = '', availability = '', count = '0', state = ''] = line.trim().split('|');
    return partition === '' ? [] : [{ partition, availability, count: Number(count), state }];
  });
  if (rows.length === 0) return [];
  const names = [...new Set(rows.map(({ partition }) => partition.replace(/\*$/, '')))];
  const usual = rows.find(({ partition }) => partition.endsWith('*'))?.partition.slice(0, -1);
  const wanted = named?.split(',') ?? (usual === undefined ? [] : [usual]);
  if (wanted.length === 0) {
    return [
      fault('partition', 'none is named, and the cluster has no usual one', `--slurm-args "--partition=${names[0]}"`),
    ];
  }
  return wanted.map((partition) => {
    const own = rows.filter((row) => row.partition.replace(/\*$/, '') === partition);
    if (own.length === 0) {
      return fault(
        'partition',
        `${partition} is not there; sinfo has ${names.join(', ')}`,
        'name one of them in --slurm-args',
      );
    }
    const says = `${partition}: ${own.map(({ count, state }) => `${count} ${state}`).join(', ')}`;
    const isUsable = own.some(
      ({ availability, state }) => availability === 'up' && !/down|drain|fail|maint|unk|no_resp|\*$/i.test(state),
    );
    return isUsable
      ? ok('partition', says)
      : warning('partition', `${says}; no node of it takes jobs now`, `sinfo --partition=${partition} --list-reasons`);
  });
}

async function accountChecks(commands: SlurmCommands, args: readonly string[]): Promise<Check[]> {
  const named = wordOf('account', args);
  const { username } = userInfo();
  try {
    const query = ['--noheader', '--parsable2', 'show', 'associations', `user=${username}`, 'format=account'];
    const text = await commands.run('sacctmgr', query);
    return accountsIn(text, named, username);
  } catch (error) {
    if (named === null || !(error instanceof SlurmError)) return [];
    const remedy = `the submission that is tried says whether ${named} is taken`;
    return [unknown('account', `whether there is ${named} is not known: ${error.message}`, remedy)];
  }
}

/** By what sacctmgr writes: an account a line. Pure. */
export function accountsIn(text: string, named: string | null, user: string): Check[] {
  const accounts = [...new Set(text.split('\n').map((line) => line.trim()))].filter((line) => line !== '');
  if (named === null) return [];
  if (accounts.includes(named)) return [ok('account', `${user} may use ${named}`)];
  const has = accounts.length === 0 ? 'none' : accounts.join(', ');
  return [
    fault(
      'account',
      `${user} has no account ${named}; sacctmgr has ${has}`,
      'name one of them in --slurm-args, or ask for it',
    ),
  ];
}
