import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLogTail } from '../../../src/runner/log/logTail.ts';
import { terminalLines } from '../../../src/runner/log/terminalText.ts';
import { expectWithin } from '../../support/measuring/least.ts';
import { processorTime } from '../../support/processorTime.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

async function tailOf(content: string | Buffer): Promise<string[]> {
  const path = join(await temporaryFolder(), 'log');
  await writeFile(path, content);
  return readLogTail(path);
}

test('a short log is shown whole, without an empty last line', async () => {
  expect(await tailOf('one\n\ntwo\n')).toEqual(['one', '', 'two']);
  expect(await tailOf('')).toEqual([]);
  expect(await tailOf('no end')).toEqual(['no end']);
});

test('colours, titles and other control characters are dropped, tabs stay', async () => {
  const log =
    '\u001b[32m2026\u001b[0m | \u001b[31m\u001b[1mERROR\u001b[0m\u0007\n\u001b]0;title\u0007a\tb\u001b]8;;x\u001b\\c\u0000\n\u001b(Bd\n';
  expect(await tailOf(log)).toEqual(['2026 | ERROR', 'a\tbc', 'd']);
});

test('of a progress bar the last frame stays; a carriage return at the end erases nothing', async () => {
  expect(await tailOf('\r  0%|   | 0/8\r 50%|#  | 4/8\r100%|###| 8/8\nnext\r\nlast\r')).toEqual([
    '100%|###| 8/8',
    'next',
    'last',
  ]);
});

test('fifty frames do not hide what came before the bar', async () => {
  const bar = Array.from({ length: 500 }, (_, index) => `\rModel Responding: ${index}/500`).join('');
  expect(await tailOf(`Traceback\n${bar}`)).toEqual(['Traceback', 'Model Responding: 499/500']);
});

test('bars of several lines are drawn over too', () => {
  expect(terminalLines('\rone 1\n\rtwo 1\u001b[A\rone 2\n\rtwo 2\u001b[A\n\nend')).toEqual(['one 2', 'two 2', 'end']);
  expect(terminalLines('abc\r\u001b[Kd\n\u001b[99Ax')).toEqual(['x', '']);
});

test('a tail has at most fifty lines', async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
  expect(await tailOf(`${lines.join('\n')}\n`)).toEqual(lines.slice(-50));
});

test('a long text keeps its end and says how much was left out', async () => {
  const [first = '', ...rest] = await tailOf(`${'x'.repeat(200_000)} the end\n`);
  expect(first).toBe(`[… ${200_008 - 32 * 1024} bytes left out …]`);
  expect(rest).toHaveLength(1);
  expect(rest[0]).toMatch(/^x+ the end$/);
  const many = await tailOf(Array.from({ length: 60 }, () => 'y'.repeat(2_000)).join('\n'));
  expect(many[0]).toMatch(/^\[… \d+ bytes left out …\]$/);
  expect(many.length).toBeLessThanOrEqual(50);
});

test('of a log of more than 256 KiB only the end is read; a line that was cut is marked', async () => {
  const tail = await tailOf(`${'z'.repeat(300_000)}\nshort\n`);
  expect(tail.at(-1)).toBe('short');
  const cut = await tailOf(`first\n${'é'.repeat(131_060)}\nmiddle\nend\n`);
  expect(cut.slice(-2)).toEqual(['middle', 'end']);
  const lines = await tailOf(`${'a'.repeat(100)}\n`.repeat(5_000));
  expect(lines.every((line) => line === 'a'.repeat(100))).toBe(true);
  const partial = await tailOf(`${'b'.repeat(300_000)}\r partial\nend`);
  expect(partial).toEqual(['[…]  partial', 'end']);
});

test('bytes that are no text do no harm, nor does a character cut in two', async () => {
  expect(await tailOf(Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0xe2, 0x82]))).toEqual(['a\ufffd\ufffd', '\ufffd']);
  for (const shift of [0, 1, 2, 3]) {
    const tail = await tailOf(`${'€😀'.repeat(60_000)}${'.'.repeat(shift)}\rlast frame\nend`);
    expect(tail.join('')).not.toContain('\ufffd');
  }
});

test.each([
  ['escapes', '\u001b'.repeat(256 * 1024)],
  ['sequences without end', '\u001b[0;'.repeat(64 * 1024)],
  ['parameters without end', `\u001b[${';1'.repeat(128 * 1024)}`],
  ['titles without end', '\u001b]0;a'.repeat(50 * 1024)],
  ['frames', '\rx'.repeat(128 * 1024)],
  ['lines up', '\n\u001b[A'.repeat(64 * 1024)],
])('hostile text takes no longer than other text: %s', async (_, text) => {
  await expectWithin(5_000, 'processor', () => processorTime(() => tailOf(text)));
});

test('a log that cannot be read says why', async () => {
  expect(await readLogTail('/nonexistent/log')).toEqual([expect.stringMatching(/^\(log file unreadable: ENOENT/)]);
});
