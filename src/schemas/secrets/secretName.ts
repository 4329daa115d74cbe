import { z } from 'zod';

/** Secrets of the operator are named in `--secrets`, in a file of tokens, and in requests. */
export const secretNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.-]{0,63}$/,
    'the name of a secret should be 1 to 64 letters, digits, "_", "-" or ".", the first a letter or a digit',
  )
  .describe('The name of a secret');

const REFERENCE = /^secret:([A-Za-z0-9][\w.-]{0,63})$/;

/** The name in `secret:NAME`, which stands in a request instead of a secret of the operator; null: it is a value like others. */
export function secretNameIn(value: unknown): string | null {
  return typeof value === 'string' ? (REFERENCE.exec(value)?.[1] ?? null) : null;
}
