import { widthOf } from '../frame/output/cells.ts';

/** A text as lines of at most so many columns, broken at blanks; all but the first begin with the indent. */
export function wrapText(text: string, width: number | null, indent = ''): string[] {
  if (width === null) return [text];
  const lines: string[] = [];
  let line = '';
  for (const [part] of text.matchAll(/\S+|^\s+/g)) {
    if (line.trim() === '') line += part;
    else if (widthOf(line) + 1 + widthOf(part) > width) {
      lines.push(line);
      line = indent + part;
    } else line += ` ${part}`;
  }
  return [...lines, line];
}
