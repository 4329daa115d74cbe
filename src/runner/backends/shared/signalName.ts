import { constants } from 'node:os';

/** What a signal of this number is called here; null when there is none. */
export function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
