/** Does work when there is room for it. */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

/** At most so much work at the same time, the rest in order of arrival. */
export function createLimiter(most: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // Handed on to the next: work that comes meanwhile has to wait behind.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
