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
