import type { Context } from './context.ts';
import { type ExitCode, exitCodes } from './exitCodes.ts';
import { suggest } from './suggest.ts';

/** Prints a catalog of names, or those in which a text occurs. @returns 1 when there is none. */
export async function showNames(
  context: Context,
  what: 'tasks' | 'models',
  names: readonly string[],
  text: string | undefined,
): Promise<ExitCode> {
  const wanted = text?.toLowerCase() ?? '';
  const found = names.filter((name) => name.toLowerCase().includes(wanted));
  await context.show({
    rows: found.map((name) => ({ name })),
    columns: [{ name: 'name', of: ({ name }) => name }],
    name: ({ name }) => name,
    document: () => ({ [what]: found }),
  });
  if (found.length > 0) return exitCodes.ok;
  const near = suggest(wanted, names);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  context.say(`evald: the harness knows none of its ${names.length} ${what} by ${JSON.stringify(text ?? '')}${meant}`);
  return exitCodes.failed;
}
