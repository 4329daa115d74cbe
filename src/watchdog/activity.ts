/**
 * What the event loop shares with the thread that watches it: whether it goes round, and what was begun last. Plain memory: it
 * can be read while the loop is blocked.
 */
export type Watched = { readonly state: Int32Array<SharedArrayBuffer>; readonly text: Uint8Array<SharedArrayBuffer> };

/** Where in `state` it stands how often the loop went round, how long the text is, and whether a debugger is open. */
export const BEATS = 0;
export const LENGTH = 1;
export const DEBUGGED = 2;

/** Bytes of a text that are kept. */
const MOST = 256;

/** Of this process: it has one loop. */
export const watched: Watched = {
  state: new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)),
  text: new Uint8Array(new SharedArrayBuffer(MOST)),
};

const encoder = new TextEncoder();

/** Notes what is begun now, for the line of a watchdog that finds the loop blocked: `GET /jobs/x`, `judging job x`. No secrets. */
export function noteActivity(what: string): void {
  const { written } = encoder.encodeInto(what, watched.text);
  Atomics.store(watched.state, LENGTH, written);
}

/** What was begun last; empty: nothing was noted. */
export function lastBegun({ state, text }: Watched): string {
  // A copy: no decoder reads shared memory.
  return new TextDecoder().decode(text.slice(0, Atomics.load(state, LENGTH)));
}
