/** A text as one word of a shell line, whatever is in it but NUL. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Variables of which a shell makes its own, or that it refuses to set. */
const SHELLS_OWN = ['_', 'IFS', 'PPID', 'UID', 'EUID', 'SHELLOPTS', 'BASHOPTS', 'BASH_VERSINFO'];

/** Whether a shell can set a variable of this name, and hands it on. */
export function isShellVariable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELLS_OWN.includes(name);
}
