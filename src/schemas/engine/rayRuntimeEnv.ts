import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { firstLine } from '../../errors.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What Ray prepares for a job before it starts: packages, files, variables. Ray itself checks the rest. */
export const runtimeEnvSchema = z.looseObject({
  env_vars: z
    .record(z.string().regex(VARIABLE, 'must be named as shells name variables'), z.string('must be a text'))
    .nullish()
    .describe('Variables of the program'),
});

export type RuntimeEnv = z.infer<typeof runtimeEnvSchema>;

/** A runtime_env of Ray: an object as JSON, or the path of a file with one. Empty: nothing to prepare. */
export const rayRuntimeEnv = z.string().transform((text, context) => {
  try {
    const json = text === '' || text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8');
    return runtimeEnvSchema.parse(JSON.parse(json || '{}'));
  } catch (error) {
    const message = `must be a JSON object for Ray's runtime_env, or a file with one: ${issueText(error)}`;
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  }
});

/** In one line, without anything of its values, which may be credentials. */
function issueText(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  // Its path may be an object with a brace too few.
  if (error instanceof Error && 'code' in error) return `it is no file that can be read (${error.code})`;
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ');
  return firstLine(error);
}
