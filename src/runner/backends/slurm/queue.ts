import type { SlurmCommands } from './command.ts';

/** A job as Slurm shows it. */
export type QueueRow = {
  id: string;
  /** The long form: `PENDING`, `RUNNING`, `COMPLETING`, `NODE_FAIL`. */
  state: string;
  /** Why it waits or failed: `Priority`, `NonZeroExitCode`; empty when there is none. */
  reason: string;
  /** Where it runs or ran; empty before. */
  node: string;
  name: string;
  /** What its submission has it remember; empty when there is nothing. */
  comment: string;
};

/** The name may have the separator in it; a comment of evald's has not, so that the last of them ends the name. */
const FORMAT = '%i|%T|%r|%N|%j|%k';

/**
 * All jobs of this user that Slurm knows, also those that ended not long ago, in one call.
 *
 * Not `--json`: it answers with an empty list and success when the controller is down.
 * @throws SlurmError when Slurm does not answer.
 */
export async function listQueue(commands: SlurmCommands): Promise<QueueRow[]> {
  return parseQueue(await commands.run('squeue', ['--noheader', '--states=all', '--me', `--format=${FORMAT}`]));
}

/** Reads what squeue wrote in our format; lines of another form are passed over. */
export function parseQueue(text: string): QueueRow[] {
  return text.split('\n').flatMap((line) => {
    const [id, state, reason = '', node = '', ...named] = line.split('|');
    const comment = named.pop();
    if (!id || !state || comment === undefined || named.length === 0) return [];
    return [{ id, state, reason: plain(reason), node: plain(node), name: named.join('|'), comment: plain(comment) }];
  });
}

/** What a job is on record with when it has ended. */
export type SlurmRecord = {
  /** Exit code of its script. */
  code: number;
  /** Number of the signal that ended it; 0: none. */
  signal: number;
  /** Seconds it might have run; null: any time. */
  limit: number | null;
  /** How often Slurm has taken it off its node and put it back into the queue. */
  restarts: number;
};

/** What Slurm has on record of one job; null when it has forgotten it. @throws SlurmError when Slurm does not answer. */
export async function readRecord(commands: SlurmCommands, id: string): Promise<SlurmRecord | null> {
  const line = await readLine(commands, id);
  return line === null ? null : parseRecord(line);
}

/** The same as Slurm's own line. */
export async function readLine(commands: SlurmCommands, id: string): Promise<string | null> {
  try {
    return await commands.run('scontrol', ['--oneliner', 'show', 'job', id]);
  } catch (error) {
    if (error instanceof Error && /invalid job id/i.test(error.message)) return null;
    throw error;
  }
}

/**
 * When the controller was started, seconds since 1970; null when that does not tell since when it knows its jobs: it says
 * nothing, or there are several controllers, of which one may have taken over later. @throws SlurmError when Slurm does not
 * answer.
 */
export async function readBootTime(commands: SlurmCommands): Promise<number | null> {
  const config = await commands.run('scontrol', ['show', 'config']);
  if ((config.match(/^SlurmctldHost\[\d+\]/gm) ?? []).length > 1) return null;
  const boot = /^BOOT_TIME\s*=\s*(\d+)\s*$/m.exec(config)?.[1];
  return boot === undefined ? null : Number(boot);
}

/** Reads a line of `scontrol show job`; null when it has no exit code. */
export function parseRecord(line: string): SlurmRecord | null {
  const exit = / ExitCode=(\d+):(\d+)/.exec(line);
  if (exit === null) return null;
  return {
    code: Number(exit[1]),
    signal: Number(exit[2]),
    limit: secondsOf(/ TimeLimit=(\S+)/.exec(line)?.[1] ?? ''),
    restarts: Number(/ Restarts=(\d{1,9}) /.exec(line)?.[1] ?? 0),
  };
}

/** Whether a node is down, as Slurm has it. @throws SlurmError when Slurm does not answer. */
export async function isNodeDown(commands: SlurmCommands, node: string): Promise<boolean> {
  if (!/^[\w.-]+$/.test(node)) return false;
  const states = await commands.run('sinfo', ['--noheader', '--Node', `--nodes=${node}`, '--format=%T']);
  return /^(down|fail|unknown)/m.test(states);
}

/** `[days-]hours:minutes:seconds`; `UNLIMITED` and the like are null. */
function secondsOf(time: string): number | null {
  const found = /^(?:(\d+)-)?(\d+):(\d+):(\d+)$/.exec(time);
  if (found === null) return null;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/** Slurm's words for nothing. */
function plain(text: string): string {
  return ['None', '(null)', 'N/A', 'n/a'].includes(text) ? '' : text;
}
