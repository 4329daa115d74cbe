/**
 * A canvas of braille characters, each of 2 by 4 dots. Our own: `drawille` is the one library on npm that draws into braille and has
 * types, it knows neither which line a dot is of, for its colour, nor marks, and its last release is of years ago; charts
 * that are kept up (`simple-ascii-chart`, `asciichart`) draw with lines of boxes, one point a column.
 */
export type Canvas = {
  /** Dots from left to right, and from top to bottom. */
  readonly width: number;
  readonly height: number;
  /** Sets a dot; outside there are none. @param line which line it is of. */
  dot(x: number, y: number, line: number): void;
  /** A straight line between two dots. */
  stroke(from: Dot, to: Dot, line: number): void;
  /** A character in place of the dots around this one. */
  mark(at: Dot, sign: string, line: number): void;
  /** The rows of characters. @param paint colours a text by the line that it is of. */
  rows(paint: (text: string, line: number) => string): string[];
};

export type Dot = readonly [x: number, y: number];

/** The bit of a dot in its character, by column and row: U+2800 and its bits. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** @param columns of characters. @param rows of characters. */
export function createCanvas(columns: number, rows: number): Canvas {
  const bits = new Uint8Array(columns * rows);
  const owners = new Int32Array(columns * rows).fill(-1);
  const signs = new Map<number, string>();
  const width = columns * 2;
  const height = rows * 4;
  const cellAt = (x: number, y: number): number | null =>
    x < 0 || y < 0 || x >= width || y >= height ? null : Math.floor(y / 4) * columns + Math.floor(x / 2);

  const dot = (x: number, y: number, line: number) => {
    const cell = cellAt(x, y);
    if (cell === null) return;
    bits[cell] = (bits[cell] ?? 0) | (BITS[x % 2]?.[y % 4] ?? 0);
    owners[cell] = line;
  };
  return {
    width,
    height,
    dot,
    stroke([x, y], [toX, toY], line) {
      const steps = Math.max(Math.abs(toX - x), Math.abs(toY - y), 1);
      for (let step = 0; step <= steps; step++) {
        dot(Math.round(x + ((toX - x) * step) / steps), Math.round(y + ((toY - y) * step) / steps), line);
      }
    },
    mark([x, y], sign, line) {
      const cell = cellAt(x, y);
      if (cell === null) return;
      signs.set(cell, sign);
      owners[cell] = line;
    },
    rows: (paint) =>
      Array.from({ length: rows }, (_, row) => {
        let text = '';
        for (let cell = row * columns; cell < (row + 1) * columns; cell++) {
          const pattern = bits[cell] ?? 0;
          const sign = signs.get(cell) ?? (pattern === 0 ? ' ' : String.fromCharCode(0x2800 + pattern));
          text += sign === ' ' ? sign : paint(sign, owners[cell] ?? -1);
        }
        return text;
      }),
  };
}
