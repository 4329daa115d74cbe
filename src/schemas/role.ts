import { z } from 'zod';

/** What a token lets its holder do; each may do what those before it may. */
export const roleSchema = z.enum(['read', 'submit', 'admin']).describe('read looks, submit also starts, admin rules');

export type Role = z.infer<typeof roleSchema>;

/** Whether one role may do what needs another. */
export function includesRole(held: Role, needed: Role): boolean {
  return roleSchema.options.indexOf(held) >= roleSchema.options.indexOf(needed);
}
