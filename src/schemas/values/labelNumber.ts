/** The number of a label: its value may be a number, or the text of one. Null: it is none, or there is no such label. */
export function labelNumber(value: string | number | undefined): number | null {
  if (typeof value === 'number') return value;
  if (value === undefined || !/^-?\d+(\.\d+)?$/.test(value)) return null;
  return Number.isFinite(Number(value)) ? Number(value) : null;
}
