import { ownersOnly, umaskWord } from '../../../files/fileAccess.ts';
import { distributedVariables } from '../../../schemas/engine/variables.ts';
import { RUN_MARK } from '../local/marks.ts';
import { isShellVariable, shellWord } from '../shared/shellWord.ts';
import { COMMAND_VARIABLES } from './command.ts';

/** Files in the state folder of a run, written by evald and by the script of its job. */
export const FILES = {
  /** The words and the environment of the program; emptied when it starts. */
  program: 'program',
  /** The script as it is given to sbatch. */
  script: 'script',
  /** What is needed to submit the script (again). */
  submission: 'submission.json',
  /** The id that sbatch answered last, and when. */
  submitted: 'submitted',
  /** A link to the log. */
  log: 'log',
} as const;

/**
 * The script of a job: starts the program on the node, once, and records how it ended.
 *
 * It takes `claim` by writing its job id and node there; when that is taken, or cannot be written, it ends with 125 and
 * the program never starts. Then it reads the program's words and environment from a file, so that neither Slurm's
 * copies of the script nor a command line has them, and empties that file. The exit code goes to `exit`. Beside the
 * program it starts nothing, so it needs nothing from the environment.
 *
 * @param state absolute path of the run's state folder, the same on the nodes. @param umask of the program's files.
 */
export function jobScript(state: string, umask = ownersOnly.umask): string {
  return `#!/bin/sh
state=${shellWord(state)}
umask ${umaskWord(umask)}
trap : TERM INT HUP
exec 4>&2 2>/dev/null
fail() { echo "evald: $1 (job $SLURM_JOB_ID on \${SLURMD_NODENAME:-an unknown node})" >&4; exit 125; }
[ -r "$state/${FILES.program}" ] ||
  fail "$state cannot be read: is the data folder on a disk that the nodes share?"
set -C
printf '%s %s\\n' "$SLURM_JOB_ID" "\${SLURMD_NODENAME:-?}" >"$state/claim" ||
  fail "the start was taken by another job or taken back, or $state cannot be written"
set +C
(
  unset ${[...COMMAND_VARIABLES.filter((name) => name !== 'SLURM_CONF'), ...distributedVariables].join(' ')}
  . "$state/${FILES.program}"
  : >"$state/${FILES.program}"
  exec "$@" 2>&4 4>&-
)
code=$?
read -r now rest </proc/uptime
printf '%s %s\\n' "$code" "$now" >"$state/exit"
exit "$code"
`;
}
// Traps, not ignored signals: the program gets the defaults. Descriptor 2 goes to /dev/null because the shell itself
// says "Killed" there when the program is; the program gets the log back. Files end with a newline, so that a
// half-written one is never taken for whole.

/** What Slurm and the node know better than the server: its devices, its folders, the server's own job if it is in one. */
const OF_THE_NODE =
  /^(SLURM_.*|SLURMD_.*|SBATCH_.*|CUDA_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|GPU_DEVICE_ORDINAL|ZE_AFFINITY_MASK|TMPDIR|HOSTNAME|XDG_RUNTIME_DIR)$/;

/**
 * The program's environment and words, for a shell to read.
 * @param env the whole environment of the run. What belongs to the node is left out.
 */
export function programFile(state: string, env: Readonly<Record<string, string>>, command: readonly string[]): string {
  const variables = Object.entries({ ...env, [RUN_MARK]: state }).filter(
    ([name]) => isShellVariable(name) && !OF_THE_NODE.test(name),
  );
  const exports = variables.map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return [...exports, `set -- ${command.map(shellWord).join(' ')}`, ''].join('\n');
}
