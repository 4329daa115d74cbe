/** SQLite's primary result codes that are told apart here: https://sqlite.org/rescode.html. */
export const sqlite = {
  busy: 5,
  readOnly: 8,
  corrupt: 11,
  cannotOpen: 14,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  notADatabase: 26,
} as const;

/** The primary result code of an error that SQLite gave; null for any other error. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  // Extended codes say more in their upper bits.
  return Number(error.errcode) & 0xff;
}
