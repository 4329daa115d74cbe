/**
 * A stream for a response's body that makes a chunk only when the reader is ready for one: a slow reader costs no memory.
 * @param make is called at the first read; its signal says that the reader has gone.
 * @param close called once, whether all was read, reading failed, or the reader has gone, even before the first read.
 */
export function streamOf(
  make: (signal: AbortSignal) => AsyncIterator<Uint8Array, void>,
  close: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let chunks: AsyncIterator<Uint8Array, void> | null = null;
  let closing: Promise<void> | null = null;
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          chunks ??= make(gone.signal);
          const { done, value } = await chunks.next();
          if (!done) return controller.enqueue(value);
          await closeOnce();
          controller.close();
        } catch (error) {
          await closeOnce();
          // Nobody is left to be told of what reading on has met.
          if (!gone.signal.aborted) throw error;
        }
      },
      cancel() {
        gone.abort();
        return closeOnce();
      },
    },
    { highWaterMark: 0 },
  );
}
