import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPainter } from '../../../src/cli/watch/painter.ts';

/** A control sequence, a line feed, or text. */
const ESCAPE = '\x1b';
const TOKEN = new RegExp(`${ESCAPE}\\[\\??\\d*[A-Za-z]|\\n|[^${ESCAPE}\\n]+`, 'g');

/** A terminal of any height, as far as a painter uses one. */
function terminal() {
  const rows: string[] = [''];
  let row = 0;
  let column = 0;
  let isCursorShown = true;
  const write = (text: string) => {
    for (const [token] of text.matchAll(TOKEN)) {
      if (token === '\n') {
        row++;
        column = 0;
        rows[row] ??= '';
      } else if (token.endsWith('A') && token.startsWith('\x1b')) row -= Number(token.slice(2, -1));
      else if (token === '\x1b[K') rows[row] = (rows[row] ?? '').slice(0, column);
      else if (token === '\x1b[J') {
        rows[row] = (rows[row] ?? '').slice(0, column);
        rows.length = row + 1;
      } else if (token === '\x1b[?25l') isCursorShown = false;
      else if (token === '\x1b[?25h') isCursorShown = true;
      else {
        rows[row] =
          (rows[row] ?? '').slice(0, column).padEnd(column) + token + (rows[row] ?? '').slice(column + token.length);
        column += token.length;
      }
      if (row < 0) throw new Error('above the screen');
    }
  };
  return { write, rows: () => rows.slice(0, row), isCursorShown: () => isCursorShown };
}

const line = fc.constantFrom('a', 'bb', 'ccc', '▸ d', 'e'.repeat(30));
const frames = fc.array(
  fc.record({ stays: fc.array(line, { maxLength: 3 }), lines: fc.array(line, { maxLength: 5 }) }),
);

test('after any frames the terminal shows what stays, then the lines of the last one, and nothing else', () => {
  fc.assert(
    fc.property(frames, (all) => {
      const { write, rows } = terminal();
      const painter = createPainter();
      const stayed: string[] = [];
      for (const { stays, lines } of all) {
        write(painter.frame(stays, lines));
        stayed.push(...stays);
        expect(rows()).toEqual([...stayed, ...lines]);
      }
    }),
  );
});

test('a frame has only the lines that changed, and one that is the same has nothing', () => {
  const painter = createPainter();
  painter.frame([], ['one', 'two', 'three']);
  expect(painter.frame([], ['one', '2', 'three'])).toBe('\x1b[2A2\x1b[K\n\n');
  expect(painter.frame([], ['one', '2', 'three'])).toBe('');
});

test('in another width, in which lines were wrapped, all that was drawn is drawn again', () => {
  const painter = createPainter();
  painter.frame([], ['x'.repeat(80), 'short']);
  painter.resize(50);
  expect(painter.frame([], ['x'.repeat(50), 'short'])).toBe(`\x1b[3A\x1b[J${'x'.repeat(50)}\x1b[K\nshort\x1b[K\n`);
});

test('the cursor is hidden while it draws, and shown at the end', () => {
  const { write, isCursorShown } = terminal();
  const painter = createPainter();
  write(painter.frame([], ['a']));
  expect(isCursorShown()).toBe(false);
  write(painter.end());
  expect(isCursorShown()).toBe(true);
});
