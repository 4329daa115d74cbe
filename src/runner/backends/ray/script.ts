import { umaskWord } from '../../../files/fileAccess.ts';
import { RUN_MARK } from '../local/marks.ts';
import { isShellVariable, shellWord } from '../shared/shellWord.ts';
import { helperScript } from './helperScript.ts';

/** What the shell that Ray starts needs to know. */
export type ScriptInput = {
  command: readonly string[];
  /** The environment of the program. */
  env: Readonly<Record<string, string>>;
  /** Variables that the program gets from Ray's worker, as they are there; they win. */
  kept: readonly string[];
  log: string;
  /** The run's state folder, which marks its processes. */
  state: string;
  /** Where the program starts, if the node has it. */
  cwd: string;
  /** What is taken from the modes of the files that it makes. */
  umask: number;
  /** Seconds between TERM and KILL. */
  grace: number;
};

/** Where the second part lies, if the nodes see the state folder. */
export const SECOND_FILE = 'run.sh';

const QUOTED = `
evald_quoted() {
  evald_rest=$1 evald_out=
  while :; do
    case $evald_rest in
      *\\'*) evald_out="$evald_out\${evald_rest%%\\'*}'\\\\''" evald_rest=\${evald_rest#*\\'} ;;
      *) break ;;
    esac
  done
  printf "'%s'" "$evald_out$evald_rest"
}
`;

/**
 * The first part, for the environment of Ray's worker: takes from it what is kept, and begins the second in an empty
 * one. What may be secret goes through a pipe, never on a command line. @param second a line that begins the second part.
 */
export function firstPart({ kept }: ScriptInput, second: string): string {
  return `${QUOTED}
evald_kept=
for evald_name in ${kept.filter(isShellVariable).join(' ')}; do
  eval "evald_set=\\\${$evald_name+set} evald_value=\\\${$evald_name-}"
  [ -z "$evald_set" ] || evald_kept="\${evald_kept}export $evald_name=$(evald_quoted "$evald_value")
"
done
evald_second=${shellWord(second)}
exec env -i /bin/sh /dev/fd/3 3<<EVALD_END
evald_kept() {
:
$evald_kept}
$evald_second
echo 'evald: the start was claimed' >&2
exit 125
EVALD_END
`;
}

/**
 * The second part, where the node sees evald's folders. As the local launcher it claims the start, lets the program
 * write straight into the log, and records how it ended in `exit`. It empties its own file, which may hold secrets. It
 * ends, and with it Ray's job, when no marked process is left on the node; then there is `gone`.
 */
export function sharedPart(input: ScriptInput): string {
  const { state, log } = input;
  return inFunction(
    input,
    `
evald_state=${shellWord(state)}
read -r evald_node </proc/sys/kernel/hostname
printf '%s %s\\n' "$evald_node" "$$" >"$evald_state/identity" || evald_give_up "$evald_node cannot write to $evald_state"
printf '' >>${shellWord(log)} || evald_give_up "$evald_node cannot write to "${shellWord(log)}
set -C
printf 'launcher\\n' >"$evald_state/claim" || evald_give_up 'the start was claimed'
set +C
printf '' >"$evald_state/${SECOND_FILE}"
${startHelper(input, state)}
${program(input, `>>${shellWord(log)} 2>&1 4>&-`)}
read -r evald_now evald_rest </proc/uptime
printf '%s %s\\n' "$evald_code" "$evald_now" >"$evald_state/exit"
${awaitRest()}
printf 'gone\\n' >"$evald_state/gone"
exit "$evald_code"
`,
  );
}

/**
 * The second part, where the node sees no folder of evald's but the run's output: the program writes to Ray's log, between
 * two lines that tell where its own output is.
 */
export function apartPart(input: ScriptInput, { first, last }: { first: string; last: string }): string {
  const { log } = input;
  // Ray stops a job that was asked to end while it was pending as soon as it has started, and writes a line of its own
  // into the log somewhat later than it starts it: a second is enough for both.
  return inFunction(
    input,
    `
read -r evald_node </proc/sys/kernel/hostname
[ -e ${shellWord(log)} ] || evald_give_up "$evald_node does not see "${shellWord(log)}': the output folder must be one that the nodes see'
sleep 1
printf %s ${shellWord(first)} >&4
${startHelper(input, '')}
${program(input, '>&4 2>&4 4>&-')}
${awaitRest()}
printf %s ${shellWord(last)} >&4
exit "$evald_code"
`,
  );
}

/** A function is read to its end before it begins, so that nothing of it waits in a pipe. */
function inFunction({ command, env, umask }: ScriptInput, body: string): string {
  const variables = Object.entries(env).filter(([name]) => isShellVariable(name));
  return `
exec 3<&-
umask ${umaskWord(umask)}
PATH=/usr/bin:/bin:/usr/sbin:/sbin
evald_environment() {
:
${variables.map(([name, value]) => `export ${name}=${shellWord(value)}`).join('\n')}
}
evald_give_up() { printf 'evald: %s\\n' "$1" >&4; exit 125; }
evald_main() {
# What the shell itself says goes nowhere: "Killed" when the program is.
exec 4>&2 2>/dev/null
set -- ${command.map(shellWord).join(' ')}
${body}
}
evald_main
`;
}

function startHelper({ state, grace }: ScriptInput, seenState: string): string {
  const mark = `${RUN_MARK}=${state}`;
  const words = [String(Math.ceil(grace)), mark, seenState].map(shellWord).join(' ');
  // In a session of its own where it can: what kills the group of this shell does not kill what looks after it.
  return `
evald_helper=${shellWord(helperScript)}
evald_mark=${shellWord(mark)}
$(command -v setsid) /bin/sh -c "$evald_helper" evald-helper "$$" ${words} </dev/null >/dev/null 2>&1 4>&- &
evald_helper_pid=$!`;
}

/** The program in the foreground, so that its signals are those of every program; this shell survives it. */
function program({ state, cwd }: ScriptInput, outputs: string): string {
  return `
trap : TERM INT HUP
(
cd ${shellWord(cwd)} 2>/dev/null
evald_environment
evald_kept
export ${RUN_MARK}=${shellWord(state)}
exec "$@"
) </dev/null ${outputs}
evald_code=$?`;
}

function awaitRest(): string {
  return `
while grep -qzxF -e "$evald_mark" /proc/[0-9]*/environ; do sleep 0.2 || sleep 1; done
kill -KILL "$evald_helper_pid"`;
}
