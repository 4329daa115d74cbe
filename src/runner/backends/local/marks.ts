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
   * What is known of the marks of processes, by pid. Of others' processes nothing can be read.
   *
   * @param everyone all processes of this machine: what is known of others is forgotten.
   * @throws when there are too many open files.
   */
  read(processes: readonly ProcessStat[], everyone: readonly ProcessStat[]): Promise<ReadonlyMap<number, MarkReading>>;
};

/** A mark, or none; undecided when it could not be read, or when the process is just beginning another program. */
export type MarkReading = { mark: string | null } | 'undecided' | 'beginning';

const READ_AT_A_TIME = 64;
/**
 * Milliseconds. The memory of a process that hangs in the kernel may be locked, and its reader hangs as well: then
 * that one reading goes on, and no other is begun.
 */
const PATIENCE = 1_000;

export function createMarks(): Marks {
  const known = new Map<number, { startTime: number; reading: Promise<MarkReading> }>();

  const forgetOthers = (everyone: readonly ProcessStat[]): void => {
    const startTimes = new Map(everyone.map(({ pid, startTime }) => [pid, startTime]));
    for (const [pid, { startTime }] of known) if (startTimes.get(pid) !== startTime) known.delete(pid);
  };

  const readingOf = ({ pid, startTime }: ProcessStat): Promise<MarkReading> => {
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
    async read(processes, everyone) {
      forgetOthers(everyone);
      const alive = processes.filter(isAlive);
      const found = new Map<number, MarkReading>();
      for (let first = 0; first < alive.length; first += READ_AT_A_TIME) {
        const some = alive.slice(first, first + READ_AT_A_TIME);
        const readings = await within(PATIENCE, some.map(readingOf));
        for (const [index, reading] of readings.entries()) found.set(some[index]?.pid ?? 0, reading);
      }
      return found;
    },
  };
}

/** Those of the processes that have the mark. @param readings as read of them. */
export function markedWith(
  mark: string,
  processes: readonly ProcessStat[],
  readings: ReadonlyMap<number, MarkReading>,
): ProcessStat[] {
  return processes.filter(({ pid }) => {
    const reading = readings.get(pid);
    return typeof reading === 'object' && reading.mark === mark;
  });
}

/** Whether one of the processes is just beginning another program, which may have any mark. */
export function isOneBeginning(processes: readonly ProcessStat[], readings: ReadonlyMap<number, MarkReading>): boolean {
  return processes.some((process) => readings.get(process.pid) === 'beginning' && !isOfKernel(process));
}

async function readMark(pid: number): Promise<MarkReading> {
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
function markIn(environment: string): MarkReading {
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

/** What is read in time; of the others nothing is decided. @throws as the first that fails in it. */
async function within(milliseconds: number, readings: Promise<MarkReading>[]): Promise<MarkReading[]> {
  const found: MarkReading[] = readings.map(() => 'undecided');
  const all = Promise.all(readings.map(async (reading, index) => (found[index] = await reading)));
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([all, late]).finally(() => clearTimeout(timer));
  return [...found];
}
