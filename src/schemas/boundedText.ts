import { z } from 'zod';
import { tooLong } from './limits.ts';

/** A text of bounded length. @param most characters; null: any number. @param what is named by the refusal; else the field. */
export function shortText(field: string, most: number | null, what?: string): z.ZodString {
  if (most === null) return z.string();
  return z
    .string()
    .max(most, what === undefined ? tooLong(field, most) : `${what} should have at most ${most} characters`);
}

/** Whether lmms-eval takes a task's name for a pattern. */
export function isPattern(name: string): boolean {
  return /[*?[]/.test(name);
}
