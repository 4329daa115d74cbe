import { join } from 'node:path';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';

/**
 * The launcher: a shell that starts the program, outlives the server, and records how the program ended.
 *
 * Arguments: the state folder, then the program (an absolute path) and its arguments. It writes `identity`, takes
 * `claim`, names itself on descriptor 3 as well, runs the program, and writes `exit`. When it cannot write or the claim
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
// 3: what asks it to end from then on ends it, and not only the launcher, which survives. No one may listen any more, hence
// PIPE. Descriptor 2 goes to /dev/null because the shell itself says "Killed" there when the program is; the subshell gives
// the program the log back without giving it to the shell. Files end with a newline, so a half-written one is never taken
// for whole.

/** A launcher's process, so that another one by its number is not taken for it. */
export type LauncherIdentity = { pid: number; startTime: number; bootId: string };

/** Reads which launcher started a run. Null when no launcher wrote it, or not yet. @throws when the file cannot be read. */
export async function readIdentity(state: string): Promise<LauncherIdentity | null> {
  return parseIdentity((await readFileIfExists(join(state, 'identity'))) ?? '');
}

/** Reads how a launcher names itself. Null when that is not whole. */
export function parseIdentity(text: string): LauncherIdentity | null {
  const found = /^(\d+) (\d+) ([0-9a-f-]+)\n$/.exec(text);
  if (found?.[3] === undefined) return null;
  return { pid: Number(found[1]), startTime: Number(found[2]), bootId: found[3] };
}
