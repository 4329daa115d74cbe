import type { Clock } from '../clock.ts';

/** Time as the sender sees it: deliveries are due by the journal's own, and signed with the wall clock's. Milliseconds. */
export interface SenderClock extends Clock {
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** A clock with the system's timers, of which none keeps the process. */
export const withTimers = (clock: Clock): SenderClock => ({
  ...clock,
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
});

/** Resolves after a time, or as soon as the signal is given. */
export function pause(clock: SenderClock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
