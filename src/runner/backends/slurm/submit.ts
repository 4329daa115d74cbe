import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { errorMessage } from '../../../errors.ts';
import { type Resources, RunError, UnavailableError } from '../../../machines/ports/runner.ts';
import type { LaunchSpec } from '../backend.ts';
import { isOneTooMany, type SlurmCommands, SlurmError } from './command.ts';
import { FILES } from './script.ts';
import { noteSubmitted, type SlurmSubmission, withScript } from './stateFolder.ts';

/** How jobs are submitted on this cluster. */
export type SubmitSettings = {
  /** Words of the operator for sbatch: partition, account, memory. */
  args: readonly string[];
  /** What GPUs are called in --gres: `gpu`, `gpu:a100`; empty: the cluster has none to ask for. */
  gres: string;
  /** By how much --nice is lower for each step of a job's priority; 0: nothing is said of it. */
  nice: number;
  /** Seconds evald gives a run between asking it to end and killing it. */
  grace: number;
};

/** Seconds beyond evald's own limit and grace after which Slurm ends a run that evald no longer watches. */
const MARGIN = 60;

/** Characters of the job's id in the name that squeue shows. */
const SHOWN_ID = 8;

const ON_ONE_NODE = ['--nodes=1', '--ntasks=1'];

/** What sbatch is given, with a comment that no other job ever has. @param cwd where the script begins, if the node has it. */
export function describeSubmission(
  spec: LaunchSpec,
  state: string,
  settings: SubmitSettings,
  cwd: string,
): SlurmSubmission {
  const word = (text: string) => text.replaceAll(/[^\w.-]/g, '_').slice(0, 100);
  // Several may have the same: it is for people.
  const name = `${spec.name}:${spec.jobId.slice(0, SHOWN_ID)}`;
  const comment = `${spec.jobId}/${word(basename(state))}-${randomBytes(4).toString('hex')}`;
  const args = [
    // For one program on one node. The operator may know better; a job may be allowed to.
    ...ON_ONE_NODE,
    `--chdir=${cwd}`,
    ...gpuArgs(spec.resources, settings),
    ...timeArgs(spec.resources, settings),
    ...niceArgs(spec.resources, settings),
    ...(spec.resources.memory === null ? settings.args : withoutMemory(settings.args)),
    ...ownArgs(spec.resources),
    ...spec.resources.engineArgs,
    // Of options given twice sbatch takes the last.
    '--parsable',
    '--no-requeue',
    // All that sbatch itself has, which is little: the program's variables are in a file. NONE would have the node ask a
    // login shell of the user for more, which takes its time and may fail.
    '--export=ALL',
    '--open-mode=append',
    '--input=/dev/null',
    `--output=${join(state, FILES.log).replaceAll('%', '%%')}`,
    `--error=${join(state, FILES.log).replaceAll('%', '%%')}`,
    `--comment=${comment}`,
    `--job-name=${name}`,
  ];
  return { name, unique: 'comment', args };
}

/** What a submission has its job remember: the job of evald, and what tells it from every other of Slurm's. */
export function commentOf({ args }: SlurmSubmission): string | null {
  const option = '--comment=';
  return args.find((word) => word.startsWith(option))?.slice(option.length) ?? null;
}

function gpuArgs({ gpus }: Resources, { gres }: SubmitSettings): string[] {
  return gres === '' || gpus === 0 ? [] : [`--gres=${gres}:${gpus}`];
}

/** The highest priority that a job may have. */
const HIGHEST = 100;

/** Below 0 only an administrator may go: the highest priority is 0, and what says nothing of it (0) is somewhat nice to others. */
function niceArgs({ priority }: Resources, { nice }: SubmitSettings): string[] {
  return nice === 0 ? [] : [`--nice=${nice * (HIGHEST - priority)}`];
}

/** Words of the operator without those of memory: what a job asks for itself wins, and sbatch refuses `--mem` beside `--mem-per-cpu`. */
function withoutMemory(words: readonly string[]): string[] {
  // As sbatch does, a beginning of a name is taken for the name; `--mem-bind` is another matter.
  const isMemory = (word: string | undefined) => word !== undefined && /^--mem(?!-b)[a-z-]*(=|$)/.test(word);
  const isValue = (at: number) => isMemory(words[at - 1]) && !words[at - 1]?.includes('=');
  return words.filter((word, at) => !isMemory(word) && !isValue(at));
}

function ownArgs({ cpus, memory }: Resources): string[] {
  return [
    ...(cpus === null ? [] : [`--cpus-per-task=${cpus}`]),
    ...(memory === null ? [] : [`--mem=${memory / 2 ** 20}M`]),
  ];
}

/** Slurm counts whole minutes, from the start on the node, which may be long after evald's own. */
function timeArgs({ seconds }: Resources, { grace }: SubmitSettings): string[] {
  return seconds === null ? [] : [`--time=${Math.ceil((seconds + grace + MARGIN) / 60)}`];
}

/**
 * What became of a submission. Without an id it may be found by its comment. With a reason it is not known to have been
 * made, or was not: unless it is found, it is to be repeated.
 */
export type Answered = { id: string | null; reason: string | null };

/** Submits a job. @throws SlurmError when it was refused. */
export async function submit(commands: SlurmCommands, state: string, { args }: SlurmSubmission): Promise<Answered> {
  try {
    const id = idOf(await withScript(state, (script) => commands.run('sbatch', args, script)));
    if (id !== null) await noteSubmitted(state, id);
    return { id, reason: null };
  } catch (error) {
    if (error instanceof SlurmError && error.fault === 'away') return { id: null, reason: error.message };
    throw error;
  }
}

/** `id`, or `id;cluster` where there are several. Some sites have sbatch say more before it. */
function idOf(output: string): string | null {
  return /^(\d+)(?:;\S*)?$/m.exec(output)?.[1] ?? null;
}

/** The same in what sbatch says of a submission and of a trial. */
const PREFIX = /^.*(?:Batch job submission failed|allocation failure): /s;
/**
 * What Slurm says of words that will not become right by themselves. Of anything else a trial says no more readily than a
 * submission does: that waits where nodes are down.
 */
const WRONG = /invalid|unrecognized|ambiguous|unknown|requires an argument|not permitted|permission denied/i;

/**
 * Whose fault it is that Slurm has refused a submission: its job's, unless what all submissions have in common is refused
 * with the same words, or that cannot be asked.
 */
export async function refusalFault(
  refusal: SlurmError,
  commands: SlurmCommands,
  settings: SubmitSettings,
): Promise<RunError | UnavailableError> {
  if (refusal.fault === 'missing') return unavailable(refusal);
  const common = await tryCommon(commands, settings);
  if (common === null || (common.fault === 'refused' && coreOf(common) !== coreOf(refusal)))
    return new RunError(`Slurm refused it: ${refusal.message}`, { cause: refusal });
  return unavailable(common);
}

/**
 * Tries what all submissions have in common: the operator's words, and one GPU. Nothing is submitted.
 * @throws UnavailableError when Slurm does not answer, or no submission can be right.
 */
export async function expectTaken(commands: SlurmCommands, settings: SubmitSettings): Promise<void> {
  // Answers at once; sbatch tries for long when the controller is away.
  await commands.run('scontrol', ['ping']).catch((error) => {
    const isMissing = error instanceof SlurmError && error.fault === 'missing';
    throw isMissing ? unavailable(error) : new UnavailableError(`Slurm does not answer: ${errorMessage(error)}`);
  });
  const fault = await tryCommon(commands, settings);
  if (fault !== null && (fault.fault !== 'refused' || WRONG.test(fault.message))) throw unavailable(fault);
}

/** @returns why it would not be taken; null when it would, now or when fewer are there. */
async function tryCommon(commands: SlurmCommands, settings: SubmitSettings): Promise<SlurmError | null> {
  const gpus = settings.gres === '' ? [] : [`--gres=${settings.gres}:1`];
  try {
    await commands.run('sbatch', ['--test-only', ...ON_ONE_NODE, ...gpus, ...settings.args, '--wrap=true']);
    return null;
  } catch (error) {
    if (error instanceof SlurmError) return isOneTooMany(error) ? null : error;
    throw error;
  }
}

const coreOf = ({ message }: SlurmError): string => message.replace(PREFIX, '');

function unavailable(error: SlurmError): UnavailableError {
  const { fault, message } = error;
  if (fault === 'away') return new UnavailableError(`Slurm does not answer: ${message}`, { cause: error });
  if (fault === 'missing') return new UnavailableError(message, { kind: 'settings', cause: error });
  const words = 'see --slurm-args and --slurm-gres';
  return new UnavailableError(`Slurm refuses every submission: ${coreOf(error)}; ${words}`, {
    kind: 'settings',
    cause: error,
  });
}

const LONGEST = 1_000;
const MOST = 32;
/** sbatch reads the file when their value has a slash: it would be one of evald's user, chosen by a client. */
const NODES = ['exclude', 'nodelist'];

/**
 * What is wrong with words that a job has for sbatch; null when nothing is. Each is one option with its value,
 * `--partition=gpu`: nothing is left for sbatch to guess.
 *
 * @param allowed names of options, without dashes.
 */
export function checkEngineArgs(args: readonly string[], allowed: readonly string[]): string | null {
  if (args.length > MOST) return `has more than ${MOST} words`;
  for (const arg of args) {
    const [, name, value] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) return `${shown(arg)} is not of the form --name=value`;
    if (!allowed.includes(name)) {
      const some = allowed.length === 0 ? 'none' : allowed.join(', ');
      return `--${name} may not be chosen by a job; this server allows ${some}`;
    }
    if (value === undefined && name !== 'exclusive') return `--${name} has no value; write --${name}=…`;
    if (NODES.includes(name) && value?.includes('/')) return `--${name} takes names of nodes, not a file of them`;
    if (arg.length > LONGEST) return `--${name} has more than ${LONGEST} characters`;
    if (/\p{Cc}/u.test(arg)) return `--${name} has a control character`;
  }
  return null;
}

function shown(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
