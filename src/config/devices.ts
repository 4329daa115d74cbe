/** What a list of devices may be, to be said of one that is not. */
export const badDevices =
  'must be devices with commas between them, each once: indices and ranges of them (0-3,5), UUIDs or other names of letters, digits, "-", "_", ".", ":" and "/"; or auto alone';

/** Stands alone for all devices that this machine has. */
export const AUTO = 'auto';

const MOST = 1_024;

/**
 * Reads a list of devices: indices, ranges of indices (`0-3`), UUIDs and other names, with commas between them. Pure.
 * @returns the names in the order of the list, ranges as their indices; none of an empty text; null when it is no such list.
 */
export function deviceNames(text: string): string[] | null {
  if (text === '') return [];
  const names: string[] = [];
  for (const part of text.split(',')) {
    const read = namesOf(part.trim());
    if (read === null || names.length + read.length > MOST) return null;
    names.push(...read);
  }
  return new Set(names).size === names.length ? names : null;
}

function namesOf(part: string): string[] | null {
  const [, first, last] = /^(\d{1,4})-(\d{1,4})$/.exec(part) ?? [];
  if (first === undefined || last === undefined) {
    // One device, one name.
    if (/^\d{1,4}$/.test(part)) return [String(Number(part))];
    // Half a range is no name.
    return /^[\w.:/-]{1,100}$/.test(part) && !/^[\d-]+$/.test(part) ? [part] : null;
  }
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > MOST) return null;
  return Array.from({ length: count }, (_, index) => String(Number(first) + index));
}
