import type { z } from 'zod';

/**
 * An option of the server: `--name value`, `EVALD_NAME=value`, or its default. Values arrive as text. A switch may
 * stand alone: `--name` is `--name true`. A repeatable one may be given several times; each value is checked by itself,
 * its variable holds them one a line, and without any it is an empty list.
 */
export type Option<T> = {
  /** Text given, read and checked; the message says what is allowed. */
  schema: z.ZodType<T, string>;
  default: string;
  /** What stands for the value in the help. */
  value: string;
  help: string;
  /** The flag may stand alone: then its value is `true`. */
  switch?: true;
  /** The flag may be given several times. Its default is empty. */
  repeatable?: true;
  /** Its value is never shown. */
  secret?: true;
  /** It must not be empty when it is given. Its default is. */
  filled?: true;
};
