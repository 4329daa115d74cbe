import { z } from 'zod';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What Ray prepares for a job before it starts: packages, files, variables. Ray itself checks the rest. */
export const runtimeEnvSchema = z.looseObject({
  env_vars: z
    .record(z.string().regex(VARIABLE, 'must be named as shells name variables'), z.string('must be a text'))
    .nullish()
    .describe('Variables of the program'),
});

export type RuntimeEnv = z.infer<typeof runtimeEnvSchema>;
