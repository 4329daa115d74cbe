/** Prepares work on a text that a run, or an engine, has written. */
export type Reader = (text: string) => Promise<() => unknown>;

/** Half of a text, with another character in it: what is begun and ended by the text, and not in it. */
export const halfWithout = (text: string): string => `${text.slice(0, 100)}\u00e4${text.slice(text.length / 2)}`;

/** What only reads; that it refuses a text is its right, that it is exhausted by one is not. */
export function pure(read: (text: string) => unknown): Reader {
  return async (text) => () => {
    try {
      read(text);
    } catch (error) {
      if (error instanceof RangeError) throw error;
    }
  };
}

/** A text as it arrives: piece by piece. */
export function* pieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
