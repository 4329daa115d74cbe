const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** Seconds, short: `42s`, `3m10s`, `2h05m`, `4d03h`. */
export function span(seconds: number): string {
  const whole = Math.round(seconds);
  for (const [index, [unit, size]] of UNITS.entries()) {
    if (whole < size) continue;
    const [next, smaller] = UNITS[index + 1] ?? (['s', 1] as const);
    const rest = Math.floor((whole % size) / smaller);
    return `${Math.floor(whole / size)}${unit}${String(rest).padStart(2, '0')}${next}`;
  }
  return `${whole}s`;
}

/** How long ago a time was, or in how long it is: `3m10s ago`, `in 2h05m`; empty for none. */
export function ago(time: string | null, now: number = Date.now()): string {
  if (time === null) return '';
  const seconds = (now - Date.parse(time)) / 1_000;
  return seconds < 0 ? `in ${span(-seconds)}` : `${coarse(seconds)} ago`;
}

/** In one unit. */
function coarse(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? (['s', 1] as const);
  return `${Math.floor(seconds / size)}${unit}`;
}
