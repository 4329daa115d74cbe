import { z } from 'zod';
import { roleSchema } from './token.ts';

/** The sender of a request, as the server knows it. */
export const callerSchema = z.object({
  name: z.string().nullable().describe('Name of the token that was sent; null where none is needed'),
  role: roleSchema.describe(
    'What it may do: read looks, submit also starts, admin rules; admin where no token is needed',
  ),
  needs_token: z.boolean().describe('Whether this server asks for tokens'),
});

export type CallerAnswer = z.infer<typeof callerSchema>;
