import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { runtimeEnvSchema } from '../schemas/rayRuntimeEnv.ts';
import { lineOf } from '../thrown.ts';

/** A runtime_env of Ray: an object as JSON, or the path of a file with one. Empty: nothing to prepare. */
export const rayRuntimeEnv = z.string().transform((text, context) => {
  try {
    const json = text === '' || text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8');
    return runtimeEnvSchema.parse(JSON.parse(json || '{}'));
  } catch (error) {
    const message = `must be a JSON object for Ray's runtime_env, or a file with one: ${reasonOf(error)}`;
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  }
});

/** In one line, without anything of its values, which may be credentials. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  // Its path may be an object with a brace too few.
  if (error instanceof Error && 'code' in error) return `it is no file that can be read (${error.code})`;
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ');
  return lineOf(error);
}
