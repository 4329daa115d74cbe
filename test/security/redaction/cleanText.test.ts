import { expect, test } from 'vitest';
import { terminalLines } from '../../../src/runner/log/terminalText.ts';
import { TextCleaner } from '../../../src/security/redaction/cleanText.ts';
import { expectWithin } from '../../support/measuring/least.ts';
import { processorTime } from '../../support/processorTime.ts';
import { seeded } from '../../support/seeded.ts';

/** Cleans a text that comes in pieces of a length; 0: whole. */
function cleaned(text: string | Buffer, piece = 0): string {
  const cleaner = new TextCleaner();
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += piece || bytes.length) {
    out.push(Buffer.from(cleaner.clean(bytes.subarray(at, at + (piece || bytes.length)))));
  }
  return Buffer.concat([...out, cleaner.end()]).toString();
}

const log =
  '\u001b[32m2026\u001b[0m | \u001b[31m\u001b[1mERROR\u001b[0m\u0007 «é» ▎😀\n\u001b]0;title\u0007a\tb\u001b]8;;x\u001b\\c\u0000\n\u001b(Bd\u009b\u00a0e \n';

test('colours, titles and other control characters are dropped, tabs and all other text stay', () => {
  expect(cleaned(log)).toBe('2026 | ERROR «é» ▎😀\na\tbc\nd\u00a0e\n');
});

test('of a progress bar the last frame stays; a carriage return at the end erases nothing', () => {
  expect(cleaned('\r  0%|   | 0/8\r 50%|#  | 4/8\r100%|###| 8/8\nnext\r\nlast\r')).toBe('100%|###| 8/8\nnext\nlast');
  expect(cleaned('abc\r\u001b[Kd\r   \n')).toBe('\n');
});

test('of bars of several lines the last drawing of each is there', () => {
  const bars = '\rone 1\n\rtwo 1\u001b[A\rone 2\n\rtwo 2\u001b[A\n\nend';
  expect(cleaned(bars)).toBe('one 1\none 2\ntwo 2\n\nend');
});

test('a title that is none is text', () => {
  expect(cleaned('\u001b]0;no end\nnext')).toBe('0;no end\nnext');
  expect(cleaned(`\u001b]${'x'.repeat(10_000)}\u0007`)).toBe('x'.repeat(10_000));
  expect(cleaned('a\u001b]b\u001b[1mc')).toBe('abc');
});

test.each([1, 2, 3, 7])('where a text is cut makes no difference: pieces of %i bytes', (piece) => {
  for (const text of [log, 'a\u001b]b\u001b[1mc\r\u001b[1;31mxyz\u001b[0K«\u0085\n', '\u001b]0;t\u001b\\z\n']) {
    expect(cleaned(text, piece)).toBe(cleaned(text));
  }
});

test('a cleaned log shows the lines that the tail of a failed job shows', () => {
  const random = seeded(7);
  const words = ['a', 'word', ' ', '\t', '\n', '\r', '\u001b[31m', '\u001b[K', '\u001b]0;t\u0007', 'é', '\u0000', '«'];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 30 }, () => words[Math.floor(random() * words.length)]).join('');
    expect(cleaned(text, 5).split('\n'), JSON.stringify(text)).toEqual(terminalLines(text));
  }
});

test('a line of more than 64 KiB is given as it comes, and what overwrites it gets a line of its own', () => {
  const cleaner = new TextCleaner();
  expect(cleaner.clean(Buffer.alloc(65_536, 'x')).length).toBe(0);
  expect(cleaner.clean(Buffer.from('y')).toString()).toBe(`${'x'.repeat(65_536)}y`);
  expect(cleaner.clean(Buffer.from('zz\u001b[1m!')).toString()).toBe('zz!');
  expect(cleaner.clean(Buffer.from('\rframe 1\rframe 2\n')).toString()).toBe('\nframe 2\n');
});

test('a line of 1 GB passes in constant memory', () => {
  const cleaner = new TextCleaner();
  const chunk = Buffer.alloc(256 * 1024, 'a line without end, ');
  const before = process.memoryUsage.rss();
  let bytes = 0;
  let highest = 0;
  for (let n = 0; n < 4096; n++) {
    bytes += cleaner.clean(chunk).length;
    highest = Math.max(highest, process.memoryUsage.rss());
  }
  expect(bytes + cleaner.end().length).toBe(4096 * chunk.length);
  expect(highest - before).toBeLessThan(200 * 1024 * 1024);
});

test.each([
  ['escapes', '\u001b'],
  ['sequences without end', '\u001b[0;'],
  ['titles without end', '\u001b]0;a'],
  ['frames', '\rx'],
  ['lines up', '\n\u001b[A'],
  ['nothing', '\u0000'],
])('hostile text takes no longer than other text: %s', async (_, piece) => {
  await expectWithin(5_000, 'processor', () => processorTime(() => cleaned(piece.repeat(1024 * 1024), 64 * 1024)));
});
