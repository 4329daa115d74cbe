/** Asks again only when the last answer is so many milliseconds old; whoever asks meanwhile shares it. */
export function forAWhile<T>(age: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; at: number } | null = null;
  return () => {
    const now = performance.now();
    if (last === null || now - last.at >= age) last = { answer: ask(), at: now };
    return last.answer;
  };
}
