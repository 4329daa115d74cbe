import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createLimiter, type Limiter } from '../engine/limiter.ts';
import { anyFolder } from '../workingFolder.ts';

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

/** Runs the commands of Slurm. */
export interface SlurmCommands {
  /**
   * Runs one of them to its end. Of each at most a few run at the same time; the others wait.
   * @param input a file to read from; absent: nothing.
   * @returns what it wrote to its output. @throws SlurmError.
   */
  run(program: SlurmProgram, args: readonly string[], input?: number): Promise<string>;
}

export type SlurmProgram = 'sbatch' | 'squeue' | 'scancel' | 'scontrol' | 'sinfo';

/** Milliseconds. The commands give up by themselves after about twice the cluster's MessageTimeout (10 s by default). */
const LIMIT = 60_000;
const MOST_OUTPUT = 64 * 1024 * 1024;
const MOST_WORDS = 500;
/**
 * Of each command: a controller serves everybody, and evald is not to stand in its way. Many submissions that have no
 * answer yet must keep nobody from looking at the queue, or from ending a job.
 */
const AT_A_TIME = 4;

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
    // As many jobs as this user, account or QOS may have at a time: one more is taken when one of them has ended.
    '(max|grp)submitjob',
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
/** What they are told in is read by programs; times are seconds since 1970, in no zone. */
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

function execute(
  program: string,
  args: readonly string[],
  where: { env: Record<string, string>; cwd: string },
  limit: number,
  input: number | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...where, stdio: [input ?? 'ignore', 'pipe', 'pipe'] });
    let late = false;
    let isFull = false;
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limit);
    const output = collect(child.stdout, kill);
    const errors = collect(child.stderr, kill);
    // Only what is new is looked at, with the end of what was before.
    let last = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = last + chunk.toString('latin1');
      last = text.slice(-LONGEST_NOTICE);
      if (isFull || !RETRYING.test(text)) return;
      isFull = true;
      kill();
    });
    const end = (fault: SlurmError | null) => {
      clearTimeout(timer);
      if (fault === null) resolve(output());
      else reject(fault);
    };
    child.once('error', (error) => end(systemFault(program, error)));
    child.once('close', (code, signal) => {
      if (late) end(new SlurmError('away', `${program} had no answer within ${limit / 1_000} s`));
      else if (isFull) end(new SlurmError('away', wordsOf(program, errors())));
      else if (signal !== null) end(new SlurmError('away', `${program} was ended by ${signal}`));
      // `scontrol ping` says on its output that the controller is down.
      else end(code === 0 ? null : faultOf(program, code, errors() || output().slice(0, MOST_WORDS)));
    });
  });
}

/** Collects a stream; past the limit `tooMuch` is called. @returns what tells what has come. */
function collect(stream: Readable | null, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MOST_OUTPUT) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

function systemFault(program: string, error: NodeJS.ErrnoException): SlurmError {
  if (error.code !== 'ENOENT' && error.code !== 'EACCES') {
    return new SlurmError('away', `${program} could not be started: ${error.message}`);
  }
  return new SlurmError(
    'missing',
    `${program} was not found on the PATH of the server, or is not executable: install Slurm's client commands`,
  );
}

function faultOf(program: string, code: number | null, said: string): SlurmError {
  const words = wordsOf(program, said);
  return new SlurmError(AWAY.test(words) ? 'away' : 'refused', words || `${program} ended with exit code ${code}`);
}

/** Slurm's own words, without its prefixes (`sbatch: error: Batch job submission failed: …`) and its banners of stars. */
function wordsOf(program: string, said: string): string {
  const prefix = new RegExp(`^${program}: (error: |fatal: )?`);
  const lines = said.split('\n').map((line) => line.replace(prefix, '').trim());
  return lines.filter((line) => line !== '' && !line.startsWith('**')).join('; ');
}
