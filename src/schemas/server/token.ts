import { z } from 'zod';
import { secretNameSchema } from '../secrets/secretName.ts';
import { readTime } from '../values/time.ts';

/** What a token lets its holder do; each may do what those before it may. */
export const roleSchema = z.enum(['read', 'submit', 'admin']).describe('read looks, submit also starts, admin rules');

export type Role = z.infer<typeof roleSchema>;

/** Whether one role may do what needs another. */
export function includesRole(held: Role, needed: Role): boolean {
  return roleSchema.options.indexOf(held) >= roleSchema.options.indexOf(needed);
}

/** The name of the holder of the token of `--token`; no token of a file has it. */
export const OPERATOR = 'operator';

/** Whom a token names. It is shown and logged: nothing in it needs quoting. */
export const tokenNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.@-]{0,63}$/,
    'a name should be 1 to 64 letters, digits, "_", "-", "." or "@", the first a letter or a digit',
  )
  .refine((name) => name !== OPERATOR, `the name ${OPERATOR} is kept for the token of --token`)
  .describe('The name of its holder');

/** A token as it is kept: what it lets its holder do, and no way back to it. */
export const tokenEntrySchema = z.object({
  name: tokenNameSchema,
  role: z.enum(roleSchema.options, `a role should be ${roleSchema.options.join(', ')}`),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a SHA-256 should be 64 hexadecimal digits')
    .transform((hex) => hex.toLowerCase())
    .describe('SHA-256 of the token, hexadecimal'),
  expires: z
    .string()
    .nullable()
    .default(null)
    .transform((text, context) => {
      const at = text === null ? null : readTime(text);
      if (at !== undefined) return at;
      context.addIssue({ code: 'custom', message: 'expires= should be a time, as 2027-02-27T00:00:00Z' });
      return z.NEVER;
    })
    .describe('From when on it is good for nothing, milliseconds since 1970; null: never'),
  secrets: z
    .array(secretNameSchema)
    .nullable()
    .default([])
    .describe('Names of the secrets of --secrets that requests with it may name; null: any'),
});

export type TokenEntry = z.infer<typeof tokenEntrySchema>;
