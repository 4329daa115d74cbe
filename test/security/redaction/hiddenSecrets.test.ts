import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PatternMatcher } from '../../../src/security/redaction/patternMatcher.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';

const secret = 'sk-Planted/0123"ü&x';
const redactor = Redactor.of([secret]) as Redactor;
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const html = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const everyByte = (text: string, write: (byte: number) => string) => [...Buffer.from(text)].map(write).join('');
const hex = (byte: number) => byte.toString(16).padStart(2, '0');
const between = (text: string, mark: string) => [...text].join(mark);

test.each<[string, string]>([
  ['with a colour before each character', between(secret, '\x1b[38;5;196m')],
  ['wrapped by a terminal', between(secret, '\r\n    ')],
  ['with other control characters within', between(secret, '\x00\x08\x7f')],
  ['with characters of no width within', between(secret, '\u200b\u2028\u202e\ufeff')],
  ['in the address of a link of a terminal', `\x1b]8;;https://a/?k=${secret}\x1b\\click`],
  ['as JSON in JSON', json(json(secret))],
  ['as JSON with a slash escaped', json(secret).replace('/', '\\/')],
  ['as HTML', html(secret)],
  ['as HTML with all its names', secret.replace('/', '&sol;').replace('"', '&QUOT;').replace('&x', '&AMP;x')],
  ['as HTML by numbers', [...secret].map((char) => `&#${char.codePointAt(0)};`).join('')],
  ['as HTML by hexadecimal numbers', [...secret].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join('')],
  ['as a URL in which every byte is escaped', everyByte(secret, (byte) => `%${hex(byte)}`)],
  ['as a URL within a URL', encodeURIComponent(encodeURIComponent(secret))],
  ['as HTML of JSON', html(json(secret))],
  ['as bytes of Python', everyByte(secret, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${hex(byte)}`))],
  [
    'as JSON that escapes all',
    [...secret].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ],
  ['as base64', Buffer.from(secret).toString('base64')],
  ['as hexadecimal', Buffer.from(secret).toString('hex')],
  ['as hexadecimal in capitals', Buffer.from(secret).toString('hex').toUpperCase()],
])('a secret cannot be seen %s', (_, written) => {
  const shown = redactor.text(`before ${written} after`);
  expect(shown).toMatch(/^before .*\*{8}.* after$/s);
  expect(Buffer.byteLength(shown)).toBe(Buffer.byteLength(`before ${written} after`));
  expect(shown).not.toMatch(/P.{0,40}l.{0,40}a.{0,40}n.{0,40}t/s);
});

test.each([
  ['a character of no width at its end', 'sk-Planted01234\u200b', 'sk-Planted01234'],
  ['a soft hyphen', 'sk-Plan\u00adted01234', 'sk-Planted01234'],
  ['a control character', 'sk-Plan\x01ted01234', 'sk-Planted01234'],
  ['DEL', 'sk-Planted01234\x7f', 'sk-Planted01234'],
  ['a backspace', 'sk-Planx\bted01234', 'sk-Planted01234'],
  ['a C1 control', 'sk-Planted\x8501234', 'sk-Planted01234'],
  ['a wide blank', 'sk-Planted\u300001234', 'sk-Planted\u300001234'],
  ['a mark in a header', 'Bearer sk-Planted01234\u200b', 'sk-Planted01234'],
])('a secret with %s is found as it was given, as it is seen, and encoded', (_, given, seen) => {
  const by = Redactor.of([given]) as Redactor;
  const known = [given, seen, json(given), encodeURIComponent(given)];
  const encoded = [given, seen].flatMap((text) => [
    Buffer.from(text).toString('base64url'),
    Buffer.from(text).toString('hex'),
    Buffer.from(text).toString('hex').toUpperCase(),
  ]);
  for (const written of [...known, ...encoded]) {
    const shown = by.text(`<${written}>`);
    expect(shown, written).toMatch(/^<.{0,20}\*{8,}.{0,9}>$/su);
    expect(shown).not.toMatch(/lanted|01234|TZWQ|bnRlZ/);
  }
});

test('within the base64 of a longer text nothing of it can be read back, wherever it stands', () => {
  for (let before = 0; before < 6; before++) {
    for (const encoding of ['base64', 'base64url'] as const) {
      const whole = Buffer.from(`${'u'.repeat(before)}${secret}:and more`).toString(encoding);
      const shown = redactor.text(whole).replaceAll('*', 'A');
      expect(Buffer.from(shown, encoding).toString('latin1')).not.toContain('Planted');
    }
  }
});

test('a character beyond 16 bits is read as Python escapes it, also at the end of what was written so far', () => {
  const by = Redactor.of(['sk-Plant\u{1f600}ed0123']) as Redactor;
  const written = 'sk-Plant\\U0001f600ed0123';
  expect(by.text(`<${written}> \\U00110000 \\U12`)).toBe(`<${'*'.repeat(written.length)}> \\U00110000 \\U12`);
  for (let length = 9; length < written.length; length++) {
    expect(by.findSoFar(Buffer.from(`a ${written.slice(0, length)}`)).open).toBe(2);
  }
});

test('the text around a secret stays, and what only looks like an escape is left as it is', () => {
  const around = '100%| %zz \\ &; &unknown; &toString; &valueOf; &#99999999; \\u12 \\x1 50%';
  expect(redactor.text(`${around}${secret}${around}`)).toBe(
    `${around}${'*'.repeat(Buffer.byteLength(secret))}${around}`,
  );
});

test('patterns are found where they end, the longest at each position, as by looking for each of them', () => {
  const text = fc.stringMatching(/^[ab]{1,30}$/);
  const patterns = fc.array(fc.stringMatching(/^[ab]{1,5}$/), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, patterns, (bytes, all) => {
      const found = new Map<number, number>();
      const begun = new PatternMatcher(all.map((pattern) => Buffer.from(pattern))).scan(
        Buffer.from(bytes),
        bytes.length,
        (end, length) => found.set(end, length),
      );
      for (let end = 1; end <= bytes.length; end++) {
        const here = all.filter((pattern) => bytes.slice(0, end).endsWith(pattern)).map(({ length }) => length);
        expect(found.get(end) ?? 0).toBe(Math.max(0, ...here));
      }
      const starts = all.flatMap((pattern) => [...pattern].map((_, index) => pattern.slice(0, index)));
      expect(begun).toBe(Math.max(0, ...starts.filter((start) => bytes.endsWith(start)).map(({ length }) => length)));
    }),
  );
});

test('the time to look for thousands of secrets grows with the text alone', () => {
  const many = Redactor.of(
    Array.from({ length: 3_000 }, (_, index) => `secret-${index}-${'s'.repeat(20)}`),
  ) as Redactor;
  const few = Redactor.of(['secret-1-ssssssssssssssssssss']) as Redactor;
  const text = Buffer.from('secret-secret-ss %41\\u0041&amp;'.repeat(4_000));
  const cost = (by: Redactor, bytes: Buffer): number => {
    by.find(bytes, true);
    const start = process.cpuUsage();
    for (let round = 0; round < 3; round++) by.find(bytes, true);
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  // A hundred times would be a search for each; eight times, a square of the length.
  expect(cost(many, text)).toBeLessThan(20 * cost(few, text));
  expect(cost(many, Buffer.concat([text, text, text, text]))).toBeLessThan(12 * cost(many, text));
});

test('a secret is found wherever it stands in a long text, which is looked at in parts', () => {
  const part = 128 * 1024;
  const written = between(secret, '\x1b[0m');
  for (const border of [part, 2 * part - redactor.reach, part - redactor.reach]) {
    for (let before = border - written.length - 3; before < border + 3; before += 5) {
      const shown = redactor.text(`${'x'.repeat(before)}${written}${'y'.repeat(3 * part)}`);
      expect(shown.slice(before - 1, before + Buffer.byteLength(written) + 1)).toBe(
        `x${'*'.repeat(Buffer.byteLength(written))}y`,
      );
    }
  }
  const text = Buffer.from(`${'x'.repeat(3 * part)}${secret.slice(0, 9)}`);
  expect(redactor.findSoFar(text)).toEqual({ spans: [], open: 3 * part });
});

test('a search in a long text takes little memory, whatever is in it', () => {
  const text = Buffer.from('plain text\b\r %25 '.repeat(1_000_000));
  const before = process.resourceUsage().maxRSS;
  redactor.find(text, true);
  // In one piece it takes 250 MiB, in parts 60.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(150 * 1024);
});
