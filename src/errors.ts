/** What was thrown, as text: an error's message, or whatever else it is. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of what was thrown, e.g. `ENOENT`; undefined when it has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** The first line of it: what follows is for people who debug. */
export function firstLine(error: unknown): string {
  return errorMessage(error).split('\n', 1)[0] ?? '';
}

/** What the system's codes mean of a file that an operator has named. */
const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'the user that evald runs as may not',
  EPERM: 'the user that evald runs as may not',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
  ELOOP: 'it lies behind links without end',
};

/** Why a file or folder cannot be used, for its operator: with the system's code, and without its path, which is said before. */
export function fileFault(error: unknown): string {
  const code = errorCode(error);
  const words = FILE_FAULTS[code ?? ''];
  return words === undefined ? firstLine(error) : `${code}, ${words}`;
}
