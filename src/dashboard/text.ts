/** Numbers and moments as text: the same everywhere on the page. */

/** A count with thousands apart: 12,345. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Bytes, short: 12 B, 3.4 MB. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A moment on the reader's clock: 12:03:20; of another day with its date. */
export function clockTime(time: string | number, now = new Date()): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString('en-GB');
  return date.toDateString() === now.toDateString() ? clock : `${date.toLocaleDateString('en-CA')} ${clock}`;
}
