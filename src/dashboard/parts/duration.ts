import { span } from '../../text/times.ts';

/** How long something took, also where that is short: 850 ms, 4.2 s, 3m10s. @param milliseconds of it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 60_000 ? `${(milliseconds / 1_000).toFixed(1)} s` : span(milliseconds / 1_000);
}
