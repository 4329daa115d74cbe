/** A kind of text in a drawing; drawing.css has a class of the same name. */
export type TextKind = 'title' | 'name' | 'note' | 'deed' | 'event' | 'guard' | 'action';

/** Lines that belong together: one `<text>`, with an id where something of the chart is meant by it. */
export type Paragraph = { kind: TextKind; lines: readonly string[]; id?: string };

export type Block = { paragraphs: readonly Paragraph[]; width: number; height: number };

/**
 * Pixels a character takes in width and a line in height. The font is the reader's, so these are on the wide side: with
 * a narrow font there is air, with a wide one nothing runs over.
 */
const sizes: Record<TextKind, { char: number; line: number }> = {
  title: { char: 11, line: 26 },
  name: { char: 9.5, line: 19 },
  note: { char: 6.2, line: 15 },
  deed: { char: 6.7, line: 15 },
  event: { char: 7, line: 15 },
  guard: { char: 6.7, line: 14 },
  action: { char: 6.4, line: 14 },
};

/** Pixels from one line of a kind to the next. */
export const lineHeight = (kind: TextKind): number => sizes[kind].line;

/** Puts paragraphs below one another. @param padding pixels on the left and right, half of them above and below. */
export function block(paragraphs: readonly Paragraph[], padding = 0): Block {
  const widths = paragraphs.flatMap(({ kind, lines }) => lines.map((line) => line.length * sizes[kind].char));
  const heights = paragraphs.map(({ kind, lines }) => lines.length * sizes[kind].line);
  return {
    paragraphs,
    width: Math.ceil(Math.max(0, ...widths)) + 2 * padding,
    height: heights.reduce((sum, height) => sum + height, 0) + padding,
  };
}

/** Breaks a text at spaces into lines of at most so many characters, further lines with an indent. */
export function wrap(text: string, limit: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
