import { readFileSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { errorCode } from '../../../errors.ts';

/** One process, as `/proc/<pid>/stat` tells it. */
export type ProcessStat = {
  pid: number;
  /** One letter: `R`, `S`, `Z` (ended, not yet reaped), … */
  state: string;
  parent: number;
  group: number;
  session: number;
  threads: number;
  /** Clock ticks since boot, 100 a second. With the pid and the boot it names a process for good. */
  startTime: number;
};

/** Read in one turn of the event loop, well under a millisecond: through the thread pool each would cost three times as much. */
const FILES_AT_A_TIME = 64;

/** Reads one process. Null when there is none with this pid. @throws when `/proc` cannot be read for another reason. */
export async function readProcess(pid: number): Promise<ProcessStat | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** As `readProcess`, at once: for the moment before a signal, when nothing may come between, and for many of them. */
export function readProcessNow(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Names a process without reading what it does: the file system makes its folder anew for every process. */
type Folder = { inode: number; made: number };

/** Every process when last looked at. Those that are older than a run are not read again at each look: they are most. */
let remembered: ReadonlyMap<number, Folder & { stat: ProcessStat }> = new Map();

/**
 * Every process of this machine, ended but unreaped ones too.
 * @param since clock ticks: of those that started earlier all but the pid and the start time may be of an earlier look.
 * @throws when `/proc` cannot be read.
 */
export async function readProcesses(since = 0): Promise<ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = new Map<number, Folder & { stat: ProcessStat }>();
  for (const [index, pid] of pids.entries()) {
    if (index > 0 && index % FILES_AT_A_TIME === 0) await setImmediate();
    // Before the reading: what gets the pid in between has another folder, and is read anew the next time.
    const folder = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
    if (folder === undefined) continue;
    const { ino: inode, ctimeMs: made } = folder;
    const before = remembered.get(pid);
    const isKnown = before?.inode === inode && before.made === made && before.stat.startTime < since;
    const stat = isKnown ? before.stat : readProcessNow(pid);
    if (stat !== null) found.set(pid, { inode, made, stat });
  }
  remembered = found;
  return Array.from(found.values(), ({ stat }) => stat);
}

/** The pid that was given out last. While it stays the same, no process is born, and no thread. */
export function readLastPid(): number {
  return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1));
}

/** Lines of `status`: the processors and the memory that it may use. */
const ALLOWED = /^(?:Cpus|Mems)_allowed:.*$/gm;
/** proc(5): niceness, priority and policy in the kernel's order. */
const SCHEDULING = [19, 40, 41];

/**
 * What processes that this one starts have of it and an operator may change meanwhile: limits, control group, how soon it is killed for
 * memory, processors, and how they are shared. Null when it cannot be read.
 */
export function readInherited(): string | null {
  try {
    const [limits, cgroup, score, status = '', stat = ''] = ['limits', 'cgroup', 'oom_score_adj', 'status', 'stat'].map(
      (name) => readFileSync(`/proc/self/${name}`, 'latin1'),
    );
    const fields = fieldsOf(stat);
    return [limits, cgroup, score, status.match(ALLOWED), SCHEDULING.map((number) => fields(number))].join('\n');
  } catch {
    return null;
  }
}

/** Whether it still runs. The first thread may have ended before the others: then it looks ended and is not. */
export function isAlive(process: ProcessStat): boolean {
  return !(process.state === 'X' || (process.state === 'Z' && process.threads <= 1));
}

let bootId: string | null = null;

/** Names this boot of the machine: pids and start times mean nothing in another. No process lives to see two. */
export async function readBootId(): Promise<string> {
  bootId ??= (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
  return bootId;
}

/** As `readBootId`, at once. */
export function readBootIdNow(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return bootId;
}

/** The fields of a `stat` file, as proc(5) counts them. The name may hold spaces and brackets: they are counted from the last bracket. */
function fieldsOf(text: string): (number: number) => string | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // proc(5) counts from 1 and the field after the name is its third.
  return (number) => fields[number - 3];
}

/** Reads the text of a `stat` file. */
export function parseStat(text: string): ProcessStat | null {
  const pid = Number.parseInt(text, 10);
  const fields = fieldsOf(text);
  const field = (number: number) => Number(fields(number));
  const stat = {
    pid,
    state: fields(3) ?? '',
    parent: field(4),
    group: field(5),
    session: field(6),
    threads: field(20),
    startTime: field(22),
  };
  return Number.isNaN(stat.pid + stat.startTime) ? null : stat;
}

function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ESRCH';
}
