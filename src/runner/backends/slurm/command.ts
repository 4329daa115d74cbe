import { anyFolder } from '../../folders/workingFolder.ts';
import { createLimiter, type Limiter } from '../shared/limiter.ts';

/** Why a command of Slurm has not done what it was asked. */
export type SlurmFault =
  /** Slurm has said no, or the words given to it make no sense. */
  | 'refused'
  /** It may be done later, or was done: the controller did not answer, not in time, or takes no more at the moment. */
  | 'away'
  /** The command is not on this machine, or cannot be executed. */
  | 'missing';

/** A command of Slurm failed; the message has its words. */
export class SlurmError extends Error {
  override name = 'SlurmError';
  readonly fault: SlurmFault;
  constructor(fault: SlurmFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Whether nothing is wrong with what was submitted but that it is one more than may be there now: Slurm looks at that last. */
export const isOneTooMany = (error: SlurmError): boolean => FULL.test(error.message);

/** Runs the commands of Slurm. */
export interface SlurmCommands {
  /**
   * Runs one of them to its end. Of each at most a few run at the same time; the others wait.
   * @param input a file to read from; absent: nothing.
   * @returns what it wrote to its output. @throws SlurmError.
   */
  run(program: SlurmProgram, args: readonly string[], input?: number): Promise<string>;
}

export type SlurmProgram = 'sbatch' | 'squeue' | 'scancel' | 'scontrol' | 'sinfo' | 'sacctmgr';

/** Milliseconds. The commands give up by themselves after about twice the cluster's MessageTimeout (10 s by default). */
const LIMIT = 60_000;
const MOST_OUTPUT = 64 * 1024 * 1024;
const MOST_WORDS = 500;
/**
 * Of each command: a controller serves everybody, and evald is not to stand in its way. Many submissions that have no
 * answer yet must keep no one from looking at the queue, or from ending a job.
 */
const AT_A_TIME = 4;

/** As many jobs as this user, account or QOS may have at a time: one more is taken when one of them has ended. */
const FULL = /(max|grp)submitjob/i;

/**
 * What Slurm says when the fault is not in the request. Everything else that fails was refused. A munge that is down
 * and a configuration that cannot be read are no fault of a job either.
 */
const AWAY = new RegExp(
  [
    'unable to contact slurm controller',
    'socket timed out',
    'connection (refused|timed out|reset)',
    'no route to host',
    'network is unreachable',
    'unable to resolve',
    'zero bytes were transmitted',
    'transport endpoint is not connected',
    'standby mode',
    'temporarily unable',
    FULL.source,
    'i/o error writing script',
    'slurm(ctld)? (is )?(down|initiali)',
    'authentication|munge|invalid credential',
    'configuration (source|file)',
  ].join('|'),
  'i',
);

/**
 * sbatch says so once, on a controller that takes no more (MaxJobCount), and then tries for two minutes by itself. It has
 * not handed anything over then: it is ended, and tried again later.
 */
const RETRYING = /sleeping and retrying/i;
/** Characters of it, and more. */
const LONGEST_NOTICE = 100;

/** Variables by which Slurm's commands find their cluster, their libraries and their user. No other reaches them. */
const KEPT = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LD_LIBRARY_PATH', 'SLURM_CONF', 'SLURM_JWT'];
/** The language in which they are asked is read by programs; times are seconds since 1970, in no zone. */
const PLAIN = { LC_ALL: 'C', SLURM_TIME_FORMAT: '%s' };
/** What the commands have in their environment, and what a job finds in its own when they pass it on. */
export const COMMAND_VARIABLES: readonly string[] = [...KEPT, ...Object.keys(PLAIN)];

/**
 * @param env the server's environment. @param limit milliseconds a command may take.
 */
export function createSlurmCommands(
  env: Readonly<Record<string, string | undefined>>,
  limit: number = LIMIT,
): SlurmCommands {
  const variables: Record<string, string> = { ...PLAIN };
  for (const name of KEPT) if (env[name] !== undefined) variables[name] = env[name];
  const limiters = new Map<SlurmProgram, Limiter>();

  return {
    run(program, args, input) {
      const limited = limiters.get(program) ?? createLimiter(AT_A_TIME);
      limiters.set(program, limited);
      return limited(async () => execute(program, args, { env: variables, cwd: await anyFolder() }, limit, input));
    },
  };
}

/** What runs now. A command that finds no controller, or no configuration, tries for a minute by itself: no server that has ended leaves it. */
const running = new Set<{ kill(signal: 'SIGKILL'): boolean }>();
process.on('exit', () => {
  for (const command of running) command.kill('SIGKILL');
});

async function execute(
  program: string,
  args: readonly string[],
  where: { env: Record<string, string>; cwd: string },
  limit: number,
  input: number | undefined,
): Promise<string> {
  // Loaded when it is needed: a server without Slurm need not wait for it.
  const { execa } = await import('execa');
  const command = execa(program, args, {
    ...where,
    extendEnv: false,
    // Any descriptor can be passed on; its types name the lowest only.
    stdin: (input ?? 'ignore') as 'ignore',
    maxBuffer: MOST_OUTPUT,
    timeout: limit,
    killSignal: 'SIGKILL',
    cleanup: false,
    stripFinalNewline: false,
    reject: false,
  });
  running.add(command);
  let isFull = false;
  // Only what is new is looked at, with the end of what was before.
  let last = '';
  command.stderr.on('data', (chunk: Buffer) => {
    const text = last + chunk.toString('latin1');
    last = text.slice(-LONGEST_NOTICE);
    if (isFull || !RETRYING.test(text)) return;
    isFull = true;
    command.kill();
  });
  const { failed, timedOut, isMaxBuffer, signal, exitCode, code, originalMessage, stdout, stderr } =
    await command.finally(() => running.delete(command));
  if (!failed) return stdout;
  if (isMaxBuffer) throw new SlurmError('away', `${program} said more than ${MOST_OUTPUT} characters`);
  if (timedOut) throw new SlurmError('away', `${program} had no answer within ${limit / 1_000} s`);
  if (isFull) throw new SlurmError('away', messageOf(program, stderr));
  if (signal !== undefined) throw new SlurmError('away', `${program} was ended by ${signal}`);
  if (exitCode === undefined) throw systemFault(program, code, originalMessage);
  // `scontrol ping` says on its output that the controller is down.
  throw faultOf(program, exitCode, stderr || stdout.slice(0, MOST_WORDS));
}

function systemFault(program: string, code: string | undefined, reason: string | undefined): SlurmError {
  if (code !== 'ENOENT' && code !== 'EACCES') {
    return new SlurmError('away', `${program} could not be started: ${reason}`);
  }
  return new SlurmError(
    'missing',
    `${program} was not found on the PATH of the server, or is not executable: install Slurm's client commands`,
  );
}

function faultOf(program: string, code: number, said: string): SlurmError {
  const words = messageOf(program, said);
  return new SlurmError(AWAY.test(words) ? 'away' : 'refused', words || `${program} ended with exit code ${code}`);
}

/** Slurm's own words, without its prefixes (`sbatch: error: Batch job submission failed: …`) and its banners of stars. */
function messageOf(program: string, said: string): string {
  const prefix = new RegExp(`^${program}: (error: |fatal: )?`);
  const lines = said.split('\n').map((line) => line.replace(prefix, '').trim());
  return lines.filter((line) => line !== '' && !line.startsWith('**')).join('; ');
}
