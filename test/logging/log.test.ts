import { expect, test } from 'vitest';
import { createLog } from '../../src/logging/log.ts';

test('a control character is made visible in a line of the log, and all else is left as it is', () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log.warn('a\nb\x1b[31m\x07\x7f\x85 \u202egnp.exe\u2066 \u2028next\u2029 \u200f ü 模型 👍');
  expect(lines[0]?.slice('2026-11-29T00:00:00.000Z '.length)).toBe(
    'WARN  a\\nb\\x1b[31m\\x07\\x7f\\x85 \\u202egnp.exe\\u2066 \\u2028next\\u2029 \\u200f ü 模型 👍\n',
  );
});

test('a line of the log is cut, and says how much is left out', () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log.info('x'.repeat(1_000_000));
  log.info(`${'x'.repeat(3_999)}👍`);
  log.info('\x1b'.repeat(1_000_000));
  expect(lines[0]).toMatch(/ x{4000}… \(996000 more characters are left out\)\n$/);
  // No half of a character.
  expect(lines[1]).toMatch(/ x{3999}\ufffd… \(1 more characters are left out\)\n$/);
  expect(Buffer.byteLength(lines[2] ?? '')).toBeLessThan(17_000);
  expect(lines).toHaveLength(3);
});
