import { z } from 'zod';

/**
 * Options of sbatch that an operator may let clients choose: where, when and with how much a job runs. Never what a job
 * writes, runs, sees or is called, or how many there are of it.
 */
export const ALLOWABLE = [
  'account',
  'begin',
  'constraint',
  'cpus-per-gpu',
  'cpus-per-task',
  'deadline',
  'exclude',
  'exclusive',
  'licenses',
  'mem',
  'mem-per-cpu',
  'mem-per-gpu',
  'mincpus',
  'nice',
  'nodelist',
  'partition',
  'prefer',
  'priority',
  'qos',
  'reservation',
  'time',
  'tmp',
  'wckey',
] as const;

/** Those that clients may choose when the operator does not say. */
export const ALLOWED_BY_DEFAULT = ['partition', 'qos', 'account', 'time', 'mem', 'cpus-per-task', 'constraint'];

/**
 * Options of sbatch with which a run could not be recognised by its name, would not be the program, or would not be submitted.
 * sbatch takes a beginning of a name for the name.
 */
const UNUSABLE = ['array', 'clusters', 'gid', 'help', 'test-only', 'uid', 'usage', 'version', 'wait', 'wrap'];
const UNUSABLE_LETTERS = 'ahMVW';

const unusableMessage =
  'must not have --array, --clusters, --gid, --help, --test-only, --uid, --usage, --version, --wait or --wrap: each run is one job, of this user, on one cluster';

/** Words that an operator has for every sbatch. */
export const slurmWordsSchema = z.array(z.string()).refine((words) => !words.some(isUnusable), unusableMessage);

function isUnusable(word: string): boolean {
  const name = /^--([a-z-]+)/.exec(word)?.[1];
  if (name !== undefined) return UNUSABLE.some((unusable) => unusable.startsWith(name));
  return word.startsWith('-') && UNUSABLE_LETTERS.includes(word.charAt(1) || ' ');
}

const badNames = `must be names among ${ALLOWABLE.join(', ')}, separated by commas`;

/** Names of options that clients may choose, as an operator writes them: separated by commas, none if empty. */
export const slurmArgNamesSchema = z
  .string()
  .transform((names) => names.split(',').filter((name) => name !== ''))
  .refine((names) => names.every((name) => (ALLOWABLE as readonly string[]).includes(name)), badNames);
