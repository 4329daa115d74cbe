/**
 * Does something while the page is seen, and again each time that it is: what streams to a tab that is not looked at would take
 * the connections of the others, for a browser has six for all tabs of a server. Resolves when it was done to its end, or
 * when the signal is aborted.
 * @param act is given a signal that is aborted as well when the page is no longer seen.
 */
export async function whileSeen(signal: AbortSignal, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await whenSeen(signal);
    const unseen = new AbortController();
    const look = () => document.hidden && unseen.abort();
    document.addEventListener('visibilitychange', look);
    await act(AbortSignal.any([signal, unseen.signal])).finally(() =>
      document.removeEventListener('visibilitychange', look),
    );
    if (!unseen.signal.aborted) return;
  }
}

function whenSeen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const over = new AbortController();
  const end = () => {
    over.abort();
    resolve();
  };
  document.addEventListener('visibilitychange', () => document.hidden || end(), { signal: over.signal });
  signal.addEventListener('abort', end, { signal: over.signal });
  return promise;
}
