/** So much memory, as it is written: a whole number and a unit, powers of 1024. */
export const memoryPattern = /^[1-9]\d{0,6}[MGT]$/;

const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** How many bytes a text of `memoryPattern` stands for. */
export function bytesOfMemory(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? Number.NaN);
}

/** Bytes as a person reads them, rounded down: `15.9 GiB`. */
export function shownMemory(bytes: number): string {
  const [unit, size] = bytes >= 2 ** 30 ? ['GiB', 2 ** 30] : ['MiB', 2 ** 20];
  return `${Math.floor((bytes / Number(size)) * 10) / 10} ${unit}`;
}
