import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../thrown.ts';
import type { Exit } from '../contract.ts';
import { signalName } from '../signalName.ts';

/**
 * The launcher: a shell that starts the program, outlives the server, and records how the program ended.
 *
 * Arguments: the state folder, then the program (an absolute path) and its arguments. It writes `identity`, takes
 * `claim`, says who it is on descriptor 3 as well, runs the program, and writes `exit`. When it cannot write or the claim
 * is taken it ends with 125, in silence, and never starts the program. It starts no other program, so it needs nothing from
 * the environment.
 */
export const LAUNCHER_SCRIPT = `
trap : TERM INT HUP
exec 4>&2 2>/dev/null
state=$1
shift
started_of() { shift 19; started=$1; }
read -r stat </proc/self/stat || exit 125
read -r boot </proc/sys/kernel/random/boot_id || exit 125
started_of \${stat##*) }
printf '%s %s %s\\n' "$$" "$started" "$boot" >"$state/identity" || exit 125
set -C
printf 'launcher\\n' >"$state/claim" || exit 125
set +C
(trap : PIPE; printf '%s %s %s\\n' "$$" "$started" "$boot" >&3; trap - PIPE; exec "$@" 2>&4 3>&- 4>&-)
code=$?
read -r now rest </proc/uptime
printf '%s %s\\n' "$code" "$now" >"$state/exit"
exit "$code"
`;
// Traps, not ignored signals: the program gets the defaults. Only the process that becomes the program speaks on descriptor
// 3: what asks it to end from then on ends it, and not only the launcher, which survives. Nobody may listen any more, hence
// PIPE. Descriptor 2 goes to /dev/null because the shell itself says "Killed" there when the program is; the subshell gives
// the program the log back without giving it to the shell. Files end with a newline, so a half-written one is never taken
// for whole.

const TICKS_A_SECOND = 100;

/** Who the launcher is. */
export type LauncherIdentity = { pid: number; startTime: number; bootId: string };

/** How the program ended, and when, in clock ticks since boot. */
export type RecordedExit = { exit: Exit; ticks: number };

/** Reads who started a run. Null when no launcher wrote it, or not yet. @throws when the file cannot be read. */
export async function readIdentity(state: string): Promise<LauncherIdentity | null> {
  return parseIdentity(await readOrEmpty(join(state, 'identity')));
}

/** Reads who a launcher says it is. Null when that is not whole. */
export function parseIdentity(text: string): LauncherIdentity | null {
  const found = /^(\d+) (\d+) ([0-9a-f-]+)\n$/.exec(text);
  if (found?.[3] === undefined) return null;
  return { pid: Number(found[1]), startTime: Number(found[2]), bootId: found[3] };
}

/** Reads how a run ended. Null when the launcher wrote nothing, or not yet. @throws when the file cannot be read. */
export async function readExit(state: string): Promise<RecordedExit | null> {
  const found = /^(\d+) (\d+\.\d+)\n$/.exec(await readOrEmpty(join(state, 'exit')));
  if (found === null) return null;
  return { exit: exitOfStatus(Number(found[1])), ticks: Math.round(Number(found[2]) * TICKS_A_SECOND) };
}

/**
 * Makes sure that no launcher starts the program of a run from now on.
 *
 * @returns true when the start is ours: it never happened and never will. False when a launcher was first: then
 * `readIdentity` tells who it was. @throws when the claim cannot be written.
 */
export async function claimStart(state: string): Promise<boolean> {
  const claim = join(state, 'claim');
  try {
    // A folder, where the launcher makes a file: who was first can be told without reading what may be half written.
    await mkdir(claim);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return (await stat(claim)).isDirectory();
  }
}

/** Whether a launcher has claimed the start, that is, whether the program was or is about to be started. */
export async function isStartClaimedByLauncher(state: string): Promise<boolean> {
  try {
    return (await stat(join(state, 'claim'))).isFile();
  } catch {
    return false;
  }
}

/** Reads a shell's exit status: above 128 it means a signal, if there is one of that number. */
export function exitOfStatus(status: number): Exit {
  const signal = signalName(status - 128);
  return signal === null ? { kind: 'code', code: status } : { kind: 'signal', signal };
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
