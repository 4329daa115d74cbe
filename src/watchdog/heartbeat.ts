import { stat } from 'node:fs';
import { url } from 'node:inspector';
import { BEATS, DEBUGGED, watched } from './activity.ts';

/** Milliseconds from beat to beat. */
const EVERY = 500;
/** Milliseconds by which a beat may be late; and how long it is remembered that one was later. */
const LATE = 1_000;
const REMEMBERED = 30_000;
/** Beats from one look at a file to the next, and those that it may take. */
const LOOK_EVERY = 4;
const LOOK_TAKES = 10;

/** Shows that the event loop goes round, and how well. */
export type Heartbeat = {
  /** What is wrong with this process: its loop was blocked for a while, or no file can be read. Empty: nothing is. Waits for nothing. */
  faults(): string[];
  close(): void;
};

/**
 * Begins to beat. It keeps no process alive. @param folder that is looked at, by a thread that reads files. @param onBeat called at each
 * beat with the milliseconds by which it was late.
 */
export function createHeartbeat(
  folder: string,
  now: () => number = () => performance.now(),
  onBeat: (late: number) => void = () => {},
): Heartbeat {
  let due = now() + EVERY;
  let worst: { by: number; at: number } | null = null;
  /** Beats since a look was begun; null while none is under way. Of beats, for a process that is stopped looks at nothing. */
  let looking: number | null = null;
  let beats = 0;

  const noteLateness = (): void => {
    const at = now();
    if (worst !== null && at - worst.at > REMEMBERED) worst = null;
    const by = at - due;
    if (by > LATE && by >= (worst?.by ?? 0)) worst = { by, at };
  };
  const beat = (): void => {
    noteLateness();
    if (beats > 0) onBeat(now() - due);
    due = now() + EVERY;
    Atomics.add(watched.state, BEATS, 1);
    Atomics.store(watched.state, DEBUGGED, url() === undefined ? 0 : 1);
    if (looking !== null) looking += 1;
    else if (beats % LOOK_EVERY === 0) {
      looking = 0;
      // Whether it is there is no matter: a thread has looked.
      stat(folder, () => {
        looking = null;
      });
    }
    beats += 1;
  };
  const beating = setInterval(beat, EVERY).unref();
  beat();

  return {
    faults: () => {
      noteLateness();
      const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(1);
      const late =
        worst &&
        `nothing was done for ${seconds(worst.by)} s, ${seconds(now() - worst.at)} s ago: one piece of work held all others up`;
      const stuck =
        looking !== null && looking > LOOK_TAKES
          ? `no file was read for ${seconds(looking * EVERY)} s: a disk hangs, or every thread that reads files waits`
          : null;
      return [late, stuck].filter((fault) => fault !== null);
    },
    close: () => clearInterval(beating),
  };
}
