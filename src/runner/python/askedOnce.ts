/** Asks again only when the last answer is so many milliseconds old; a question meanwhile shares it. */
export function memoizeFor<T>(age: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; at: number } | null = null;
  return () => {
    const now = performance.now();
    if (last === null || now - last.at >= age) last = { answer: ask(), at: now };
    return last.answer;
  };
}

/** A question that comes while the same is under way shares its answer; none is kept. */
export function together<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
