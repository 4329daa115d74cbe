import { distributedVariables, isNamed, keptVariables, passedVariables } from '../schemas/engine/variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const standard = passedVariables.flatMap(({ names }) => names);
/** How many threads the server's own process has is for no other. */
const withheld = [...distributedVariables, ...keptVariables, 'UV_THREADPOOL_SIZE'];

/**
 * What runs get of the server's environment: what is on the list of all servers, and what the operator adds. What would
 * make a run take itself for a part of a distributed one, and what is the server's own, is never part of it.
 * @param added names; one that ends in `*` stands for all that begin so.
 */
export function passedEnvironment(base: Environment, added: readonly string[]): Record<string, string> {
  const names = [...standard, ...added];
  return Object.fromEntries(
    Object.entries(base).flatMap(([name, value]) =>
      value !== undefined && isNamed(name, names) && !isNamed(name, withheld) ? [[name, value]] : [],
    ),
  );
}

/** The whole environment of a run. @param passed the server's part. @param extra the harness's; it wins. */
export function runEnvironment(
  passed: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const env = { ...passed, PYTHONUNBUFFERED: '1', ...extra };
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isNamed(name, withheld)));
}
