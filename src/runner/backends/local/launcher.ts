import { join } from 'node:path';
import { umaskWord } from '../../../files/fileAccess.ts';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';
import { isShellVariable, shellWord } from '../shared/shellWord.ts';

/**
 * The launcher: a shell that starts the program, outlives the server, and records how the program ended.
 *
 * Arguments: the state folder, then the program (an absolute path) and its arguments. It writes `identity`, takes
 * `claim`, names itself on descriptor 3 as well, runs the program, and writes `exit`. When it cannot write or the claim
 * is taken it ends with 125, in silence, and never starts the program. It starts no other program, so it needs nothing from
 * the environment.
 */
export const LAUNCHER_SCRIPT = launcherScript('');

/** @param begin shell code that runs before the program begins, in the process that becomes it. */
function launcherScript(begin: string): string {
  return `
trap : TERM INT HUP
exec 4>&2 2>/dev/null
evald_state=$1
shift
evald_started_of() { shift 19; evald_started=$1; }
read -r evald_stat </proc/self/stat || exit 125
read -r evald_boot </proc/sys/kernel/random/boot_id || exit 125
evald_started_of \${evald_stat##*) }
printf '%s %s %s\\n' "$$" "$evald_started" "$evald_boot" >"$evald_state/identity" || exit 125
set -C
printf 'launcher\\n' >"$evald_state/claim" || exit 125
set +C
(trap : PIPE; printf '%s %s %s\\n' "$$" "$evald_started" "$evald_boot" >&3; trap - PIPE; ${begin}exec "$@" 2>&4 3>&- 4>&-)
evald_code=$?
read -r evald_now evald_rest </proc/uptime
printf '%s %s\\n' "$evald_code" "$evald_now" >"$evald_state/exit"
exit "$evald_code"
`;
}
// Traps, not ignored signals: the program gets the defaults. Only the process that becomes the program speaks on descriptor
// 3: what asks it to end from then on ends it, and not only the launcher, which survives. No one may listen any more, hence
// PIPE. Descriptor 2 goes to /dev/null because the shell itself says "Killed" there when the program is; the subshell gives
// the program the log back without giving it to the shell. Files end with a newline, so a half-written one is never taken
// for whole. The names of variables are its own: one that the program has as well would be changed for that.

/** What a launcher is started with when it is a shell that has been waiting. */
export type SpareRun = {
  /** Program, by an absolute path, and arguments. */
  command: readonly string[];
  /** The whole environment, the mark included. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  umask: number;
  state: string;
  /** A path to the open log. */
  log: string;
};

/** Bytes. The system starts no program with an argument of twice as many: to start it as always says so. */
const LONGEST = 65_536;

/**
 * The same launcher for a shell that waits for its script with an empty environment. The script is one function, called by its last word:
 * of a part of it, as when what writes it ends, nothing is done.
 * @returns null when a shell cannot be trusted to start it as it would be started from here.
 */
export function spareScript({ command, env, cwd, umask, state, log }: SpareRun): string | null {
  const variables = Object.entries(env);
  if (!variables.every(([name]) => isShellVariable(name) && !OWN_VARIABLES.includes(name))) return null;
  const exports = variables.map(([name, value]) => `export ${name}=${shellWord(value)}; `).join('');
  const script = `launch() {
umask ${umaskWord(umask)}
cd ${shellWord(cwd)} || exit 125
unset OLDPWD
exec </dev/null >>${shellWord(log)} 2>&1
set -- ${[state, ...command].map(shellWord).join(' ')}
${launcherScript(exports)}
}
launch
`;
  return Buffer.byteLength(script) > LONGEST || script.includes('\0') ? null : script;
}

/** A shell that is started with them looks at what they say. */
const OWN_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL', 'OPTIND'];

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
