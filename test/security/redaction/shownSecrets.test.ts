import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { locationOf, openRunFile } from '../../../src/files/openRunFile.ts';
import { TextCleaner } from '../../../src/security/redaction/cleanText.ts';
import { redactFile } from '../../../src/security/redaction/redactFile.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { ShownText } from '../../../src/security/redaction/shownText.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const secret = 'sk-Planted-0123456789';
const redactor = Redactor.of([secret]) as Redactor;
const between = (mark: string) => [...secret].join(mark);
const halves = (mark: string) => `${secret.slice(0, 9)}${mark}${secret.slice(9)}`;
const far = 'overwritten '.repeat(1_000);

/** Ways in which a run writes a secret so that a terminal, or a log view, puts it together. */
const written: [string, string][] = [
  ['as it is', secret],
  ['with a font chosen within', halves('\x1b(B\x1b[m')],
  ['with a font chosen before each character', between('\x1b(B')],
  ['with a title within', halves('\x1b]0;a title\x07')],
  ['with a title within that ends otherwise', halves('\x1bPa title\x1b\\')],
  ['wrapped, with what is overwritten within', halves('\nxxx\r')],
  ['wrapped, with what is erased within', halves('\nxxx\r\x1b[2K')],
  ['wrapped, with much that is overwritten within', halves(`\n${far}\r`)],
  ['wrapped, with what a cursor that goes up overwrites', halves('\nxxx\x1b[A')],
  ['typed with backspaces', [...secret].map((char) => `x\b${char}`).join('')],
  ['typed twice, as bold', [...secret].map((char) => `${char}\b${char}`).join('')],
  ['at columns that a cursor goes to', [...secret].map((char, at) => `\x1b[${at + 1}G${char}`).join('')],
  ['at rows and columns', [...secret].map((char, at) => `\x1b[1;${at + 1}H${char}`).join('')],
  ['with tabs within', between('\t')],
  ['wrapped at the width of a terminal', between('\r\n')],
];

/** Nine characters of it in a row, or each of its characters alone. */
const isShown = (text: string): boolean => /Planted|0123456/.test(text.replaceAll(/\s/g, ''));

/** What a view shows of chunks. */
function shownOf(chunks: readonly Buffer[], isLive: boolean): string {
  const text = new ShownText(redactor);
  const parts = chunks.flatMap((chunk) => [text.clean(chunk), ...(isLive ? [text.newest()] : [])]);
  return Buffer.concat([...parts, text.end()]).toString();
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

test.each(written)('no view shows a secret that was written %s, wherever chunks end', (_, text) => {
  const bytes = Buffer.from(`before\n${text} after\nlast\n`);
  for (let at = 0; at <= Math.min(bytes.length, 300); at++) {
    const shown = shownOf([bytes.subarray(0, at), bytes.subarray(at)], false);
    expect(isShown(shown)).toBe(false);
    expect(shown).toMatch(/^before\n.* after\nlast\n$/s);
  }
  for (const size of [1, 3, 7]) expect(isShown(shownOf(chunksOf(bytes, size), false))).toBe(false);
});

test.each(written)('a remnant of a secret that a run wrote %s is shown by no view of the file', async (_, text) => {
  for (const before of [0, 64 * 1024 - 12, 1024 * 1024 - 12, 1024 * 1024 - redactor.reach - 12]) {
    const padding = '#'.repeat(before);
    const path = join(await temporaryFolder(), 'log');
    const content = Buffer.from(`${padding}\n${text} after\nlast\n`);
    await writeFile(path, content);
    const file = await openRunFile(...locationOf(path));
    if (file === null) throw new Error('no file');
    onTestFinished(() => file.handle.close());
    expect(await redactFile(file, redactor)).toBe(true);
    const left = await readFile(path);
    expect(left.length).toBe(content.length);
    // Nothing knows the secret any more when its job has ended.
    const shown = Buffer.concat([new TextCleaner().clean(left)]).toString();
    expect(isShown(shown)).toBe(false);
    expect(shown).toMatch(/ after\nlast\n$/);
    expect(isShown(left.toString().replaceAll(/.[\b]/g, ''))).toBe(false);
  }
});

test('a text without a secret is shown unchanged, however it is cut', () => {
  const part = fc.constantFrom(
    'sk-P',
    'sk-Planted',
    '\n',
    '\r',
    '\t',
    '\x1b[A',
    '\x1b[K',
    '\x1b]0;t\x07',
    'é',
    '100%',
    '\\',
    '&',
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), cuts, (parts, sizes) => {
      const bytes = Buffer.from(`${parts.join('')}.\n`);
      const cleaned = new TextCleaner();
      const expected = Buffer.concat([cleaned.clean(bytes), cleaned.end()]).toString();
      const text = new ShownText(redactor);
      const shown = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        shown.push(text.clean(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(Buffer.concat([...shown, text.end()]).toString()).toBe(expected);
    }),
  );
});

test('a part of a log that begins within a secret shows nothing of it', () => {
  const text = new ShownText(redactor);
  text.begin(Buffer.from(`before\n${secret.slice(0, 9)}\n`));
  expect(`${text.clean(Buffer.from(`xxx\r${secret.slice(9)} after\n`))}${text.end()}`).toBe(
    `${'*'.repeat(secret.length - 9)} after\n`,
  );
});

test('the text that is kept back has a limit: blanks without end may stand within a secret', () => {
  const text = new ShownText(redactor);
  text.clean(Buffer.from(`${secret.slice(0, 9)}\n`));
  let shown = 0;
  for (let round = 0; round < 200; round++) shown += text.clean(Buffer.alloc(1_024, '\n')).length;
  expect(shown).toBeGreaterThan(200 * 1_024 - 2 * redactor.reach);
});

test('the time to show a log grows with the log alone', () => {
  const line = Buffer.from(`\r 50%|###   | 1/2\x1b[A\x1b]0;title\x07 sk-Plan\n`.repeat(2_000));
  const cost = (chunks: readonly Buffer[]): number => {
    const start = process.cpuUsage();
    shownOf(chunks, false);
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  cost([line]);
  const once = cost([line, line, line, line]);
  // A square of the length would take sixteen times as long.
  expect(cost(Array.from({ length: 16 }, () => line))).toBeLessThan(10 * once);
});
