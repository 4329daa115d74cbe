import { errorCode } from '../../../errors.ts';
import type { StopMethod } from '../../../machines/ports/runner.ts';
import { findMembers, remember } from './members.ts';
import type { TrackedRun } from './observe.ts';
import { type ProcessStat, readProcessNow } from './procfs.ts';

const SIGNALS = { terminate: 'SIGTERM', kill: 'SIGKILL' } as const;

/** What is born while others are killed is found by looking again; what forks faster than that is left to the next call. */
const ROUNDS = { terminate: 1, kill: 5 } as const;

/**
 * Signals every process of a run: its group as one, so that none slips through by forking, and the members outside
 * of the group one by one. Resolves when the signals are sent; none left is no error.
 *
 * @throws when `/proc` cannot be read, or when there are members and none of them may be signalled.
 */
export async function signalMembers(run: TrackedRun, how: StopMethod): Promise<void> {
  const signalled = new Map<number, number>();
  let refusal: unknown;
  for (let round = 0; round < ROUNDS[how]; round++) {
    const look = await run.table.look(run.handle.startTime);
    const { alive, ownsGroup } = await findMembers(run, look);
    remember(run, look, alive);
    const fresh = alive.filter(({ pid, startTime }) => signalled.get(pid) !== startTime);
    if (fresh.length === 0) break;
    const inGroup = (member: ProcessStat) => ownsGroup && member.group === run.handle.pid;
    if (fresh.some(inGroup)) refusal = send(-run.handle.pid, SIGNALS[how]) ?? refusal;
    for (const member of fresh) {
      const now = stillThere(member);
      // One that has left the group since the look was not reached through it.
      const isReached = now === null || (inGroup(member) && inGroup(now));
      if (!isReached) refusal = send(member.pid, SIGNALS[how]) ?? refusal;
      signalled.set(member.pid, member.startTime);
    }
  }
  if (refusal !== undefined) throw refusal;
}

/** How a process is right now; null when it is no more. */
function stillThere({ pid, startTime }: ProcessStat): ProcessStat | null {
  const now = readProcessNow(pid);
  return now?.startTime === startTime ? now : null;
}

/** @returns why the signal could not be sent; undefined when it was, or when no process is left. */
function send(target: number, signal: NodeJS.Signals): unknown {
  try {
    process.kill(target, signal);
    return undefined;
  } catch (error) {
    return errorCode(error) === 'ESRCH' ? undefined : error;
  }
}
