/** A line of CSV (RFC 4180). */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A table as a file of CSV. */
export const csvBlob = (lines: readonly (readonly string[])[]): Blob =>
  new Blob(lines.map(csvLine), { type: 'text/csv' });
