import { RefusedFile } from '../../../files/openRunFile.ts';
import { readExit } from '../shared/exitFile.ts';
import type { LocalHandle } from './handle.ts';
import { type NotedLog, writersTo } from './logWriters.ts';
import { isOneBeginning, markedWith } from './marks.ts';
import type { ProcessLook } from './processTable.ts';
import { isAlive, type ProcessStat, readBootId } from './procfs.ts';

/** Pid → start time of processes that were members when last looked at. */
export type Observations = ReadonlyMap<number, number>;

/** The processes of a run, now. */
export type Members = {
  /** All that still run: the launcher, its group and session, what has its mark, and what descends from them. */
  alive: ProcessStat[];
  /** Whether the group and session with the launcher's id are the run's, so that the group may be signalled. */
  ownsGroup: boolean;
  /** Whether none can have been missed: no process was born meanwhile, and none was just beginning another program. */
  isSure: boolean;
};

/** A run whose processes are looked for. */
export type MemberRun = {
  readonly handle: LocalHandle;
  /** Its log, as noted. */
  log(): Promise<NotedLog | null>;
  /** Members found earlier, and the number of the look that showed them. */
  seen: Observations;
  seenIn: number;
};

/**
 * Finds every process of a run: those of the launcher's group or session, those that have its mark in their environment
 * or its log as their output, those seen as members before, and the descendants of all of these. Distributed launchers
 * give each worker a session of its own; when such a worker's parent has ended, only the mark, the log or an earlier look
 * tells whose it is.
 *
 * Neither a pid nor a group is taken for the run's because of its number alone. The kernel gives a number out again only
 * when no process, group or session has it. So while the launcher is there, or one process with the group's number
 * is known to be the run's, all of them are; otherwise none is.
 *
 * @param look no older than what is to be known.
 */
export async function findMembers({ handle, log, seen }: MemberRun, look: ProcessLook): Promise<Members> {
  if ((await readBootId()) !== handle.bootId) return { alive: [], ownsGroup: false, isSure: true };
  const isYounger = ({ startTime }: ProcessStat) => startTime >= handle.startTime;
  const processes = look.processes.filter(isYounger);
  const tied = processes.filter(({ group, session }) => group === handle.pid || session === handle.pid);
  const noted = look.outputs.length === 0 ? null : await log();
  const outputs = look.outputs.filter(({ process }) => isYounger(process));
  const writers = noted === null ? [] : await writersTo(noted, outputs);
  const marked = markedWith(handle.state, processes, look.marks);
  const known = [...processes.filter(({ pid, startTime }) => seen.get(pid) === startTime), ...writers, ...marked];
  const ownsGroup = await isOurs(handle, processes, tied, known);
  const members = withDescendants(processes, ownsGroup ? [...tied, ...known] : known);
  const isSure = look.isStill && !isOneBeginning(processes, look.marks);
  return { alive: members.filter(isAlive), ownsGroup, isSure };
}

/** Notes what a look has shown of a run, unless a later one has been noted meanwhile: its members are those to remember. */
export function remember(run: MemberRun, { number }: ProcessLook, alive: readonly ProcessStat[]): void {
  if (number < run.seenIn) return;
  run.seenIn = number;
  run.seen = new Map(alive.map(({ pid, startTime }) => [pid, startTime]));
}

async function isOurs(
  handle: LocalHandle,
  processes: ProcessStat[],
  tied: ProcessStat[],
  known: ProcessStat[],
): Promise<boolean> {
  const leader = processes.find(({ pid }) => pid === handle.pid);
  if (leader !== undefined) return leader.startTime === handle.startTime;
  if (tied.length === 0) return false;
  if (tied.some((process) => known.includes(process))) return true;
  // A run can put anything in its place, which then tells nothing.
  const exit = await readExit(handle.state).catch((error) => {
    if (error instanceof RefusedFile) return null;
    throw error;
  });
  // Born before the launcher ended: the number was never free in between.
  return exit !== null && tied.some(({ startTime }) => startTime <= exit.ticks);
}

function withDescendants(processes: ProcessStat[], roots: ProcessStat[]): ProcessStat[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const found = new Set<ProcessStat>();
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(children.get(next.pid) ?? []));
  }
  return [...found];
}
