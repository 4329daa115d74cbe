import { setTimeout } from 'node:timers/promises';

/**
 * Polls until a look gives something that is neither false, null nor undefined, and returns that. For what other
 * processes do. Nothing is said about how long that takes: the test's own limit is the limit.
 */
export async function eventually<T>(look: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined>> {
  for (;;) {
    const found = await look();
    if (isSo(found)) return found;
    await setTimeout(20);
  }
}

function isSo<T>(found: T): found is Exclude<T, false | null | undefined> {
  return found !== false && found !== null && found !== undefined;
}
