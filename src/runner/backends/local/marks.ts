import { readFile } from 'node:fs/promises';
import { errorCode } from '../../../errors.ts';
import { isAlive, type ProcessStat } from './procfs.ts';

/**
 * The variable in which every process of a run has the run's state folder. It is inherited, so it stays with a process
 * whatever that does to its session, its parent and its output.
 */
export const RUN_MARK = 'EVALD_RUN';

/** Variables that say which devices a run has. */
export const DEVICE_VARIABLES: readonly string[] = ['CUDA_DEVICE_ORDER', 'CUDA_VISIBLE_DEVICES'];

/** Knows which processes have which mark. One is for all runs of a backend: a process is read once, not once a run. */
export type Marks = {
  /**
   * Those of the processes that have the mark. Others' processes cannot be read, and count as having none. What is just
   * beginning another program may have it: `beginning` says whether there is such a process.
   *
   * @param everyone all processes of this machine: what is known of others is forgotten.
   * @throws when there are too many open files.
   */
  find(
    mark: string,
    processes: readonly ProcessStat[],
    everyone: readonly ProcessStat[],
  ): Promise<{ marked: ProcessStat[]; beginning: boolean }>;
};

/** A mark, or none; undecided when it could not be read, or when the process is just beginning another program. */
type Reading = { mark: string | null } | 'undecided' | 'beginning';

const READ_AT_A_TIME = 64;
/**
 * Milliseconds. The memory of a process that hangs in the kernel may be locked, and its reader hangs as well: then
 * that one reading goes on, and no other is begun.
 */
const PATIENCE = 1_000;

export function createMarks(): Marks {
  const known = new Map<number, { startTime: number; reading: Promise<Reading> }>();

  const forgetOthers = (everyone: readonly ProcessStat[]): void => {
    const startTimes = new Map(everyone.map(({ pid, startTime }) => [pid, startTime]));
    for (const [pid, { startTime }] of known) if (startTimes.get(pid) !== startTime) known.delete(pid);
  };

  const readingOf = ({ pid, startTime }: ProcessStat): Promise<Reading> => {
    const before = known.get(pid);
    if (before?.startTime === startTime) return before.reading;
    const entry = { startTime, reading: readMark(pid) };
    known.set(pid, entry);
    const forget = () => {
      if (known.get(pid) === entry) known.delete(pid);
    };
    entry.reading.then((reading) => {
      if (typeof reading === 'string') forget();
    }, forget);
    return entry.reading;
  };

  return {
    async find(mark, processes, everyone) {
      forgetOthers(everyone);
      const alive = processes.filter(isAlive);
      const marked: ProcessStat[] = [];
      let beginning = false;
      for (let first = 0; first < alive.length; first += READ_AT_A_TIME) {
        const some = alive.slice(first, first + READ_AT_A_TIME);
        const readings = await Promise.all(some.map((process) => within(PATIENCE, readingOf(process), 'undecided')));
        marked.push(...some.filter((_, index) => isMarked(readings[index], mark)));
        beginning ||= some.some((process, index) => readings[index] === 'beginning' && !isOfKernel(process));
      }
      return { marked, beginning };
    },
  };
}

function isMarked(reading: Reading | undefined, mark: string): boolean {
  return typeof reading === 'object' && reading.mark === mark;
}

async function readMark(pid: number): Promise<Reading> {
  try {
    return markIn(await readFile(`/proc/${pid}/environ`, 'utf8'));
  } catch (error) {
    if (isTooMany(error)) throw error;
    return 'undecided';
  }
}

/** Threads of the kernel have no variables either, ever. */
const isOfKernel = ({ group }: ProcessStat): boolean => group === 0;

/** Variables of a shell that waits to become a launcher (`starterProgram.ts`): a copy of it becomes the program, and has the mark only then. */
const WAITING = 'PWD=/\0';

/** While a program begins, its variables are empty. */
function markIn(environment: string): Reading {
  if (environment === '') return 'beginning';
  if (environment === WAITING) return 'undecided';
  const name = `${RUN_MARK}=`;
  const variable = environment.split('\0').find((text) => text.startsWith(name));
  return { mark: variable?.slice(name.length) ?? null };
}

function isTooMany(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

function within<T>(milliseconds: number, promise: Promise<T>, otherwise: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(otherwise), milliseconds);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
