const LONGEST = 1_000;
const MOST = 32;
/** sbatch reads the file when their value has a slash: it would be one of evald's user, chosen by a client. */
const NODES = ['exclude', 'nodelist'];

/**
 * What is wrong with words that a job has for sbatch; null when nothing is. Each is one option with its value,
 * `--partition=gpu`: nothing is left for sbatch to guess.
 *
 * @param allowed names of options, without dashes.
 */
export function checkEngineArgs(args: readonly string[], allowed: readonly string[]): string | null {
  if (args.length > MOST) return `has more than ${MOST} words`;
  for (const arg of args) {
    const [, name, value] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) return `${shown(arg)} is not of the form --name=value`;
    if (!allowed.includes(name)) {
      const some = allowed.length === 0 ? 'none' : allowed.join(', ');
      return `--${name} may not be chosen by a job; this server allows ${some}`;
    }
    if (value === undefined && name !== 'exclusive') return `--${name} has no value; write --${name}=…`;
    if (NODES.includes(name) && value?.includes('/')) return `--${name} takes names of nodes, not a file of them`;
    if (arg.length > LONGEST) return `--${name} has more than ${LONGEST} characters`;
    if (/\p{Cc}/u.test(arg)) return `--${name} has a control character`;
  }
  return null;
}

function shown(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
