import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../frame/output/cells.ts';

/** What redraws the last lines of a terminal. */
export type Painter = {
  /**
   * Shows lines in place of those before, and above them others that stay: in one piece, of which only what changed is in it.
   * @returns what is to be written; empty when nothing changed.
   */
  frame(stays: readonly string[], lines: readonly string[]): string;
  /** Has the next frame draw everything: the terminal is of another width now, and has wrapped what was there. */
  resize(columns: number): void;
  /** What leaves the terminal as it was found, below the lines. */
  end(): string;
};

const HIDE = '\x1b[?25l';
/** Shows the cursor. */
export const SHOW = '\x1b[?25h';
const CLEAR_REST_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const up = (lines: number) => (lines === 0 ? '' : `\x1b[${lines}A`);

/** Between frames the cursor stands, unseen, at the start of the line below the last one. */
export function createPainter(): Painter {
  let drawn: readonly string[] = [];
  let isHidden = false;
  let rows: number | null = null;

  return {
    frame: (stays, lines) => {
      const next = [...stays, ...lines];
      const same = rows === null && next.length === drawn.length && next.every((line, index) => line === drawn[index]);
      const before = drawn;
      drawn = [...lines];
      if (same && isHidden) return '';
      // From the first line that changed on.
      const from = rows === null ? next.findIndex((line, index) => line !== before[index]) : 0;
      const first = from === -1 ? next.length : from;
      let text = isHidden ? '' : HIDE;
      text += rows === null ? up(before.length - Math.min(first, before.length)) : `${up(rows)}${CLEAR_BELOW}`;
      next.slice(first).forEach((line, index) => {
        const isShown = rows === null && line === before[first + index];
        text += isShown ? '\n' : `${line}${CLEAR_REST_OF_LINE}\n`;
      });
      if (rows === null && next.length < before.length) text += CLEAR_BELOW;
      isHidden = true;
      rows = null;
      return text;
    },
    resize: (columns) => {
      const rowsOf = (line: string) => Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
      rows = drawn.reduce((sum, line) => sum + rowsOf(line), 0);
    },
    end: () => {
      const text = isHidden ? SHOW : '';
      isHidden = false;
      drawn = [];
      return text;
    },
  };
}
