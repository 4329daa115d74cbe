import type { Clock } from '../clock.ts';

/** Time as webhooks see it: deliveries are due by the journal's own, and signed with the wall clock's. Milliseconds. */
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
