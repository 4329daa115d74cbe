import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTime, readTime } from '../../src/schemas/values/time.ts';

test('times have milliseconds and an offset', () => {
  expect(formatTime(Date.UTC(2026, 10, 24, 2, 6, 4, 123))).toBe('2026-11-24T02:06:04.123+00:00');
  expect(formatTime(0)).toBe('1970-01-01T00:00:00.000+00:00');
});

test('times are what a date makes of them, in any order of days', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      const day = 86_400_000;
      for (const time of [date.getTime(), date.getTime() + 1_000, date.getTime() - day].filter(
        (at) => Math.abs(at) <= 8.64e15,
      )) {
        expect(formatTime(time)).toBe(`${new Date(time).toISOString().slice(0, -1)}+00:00`);
      }
    }),
  );
  expect(() => formatTime(Number.NaN)).toThrow(RangeError);
});

test.each<[string, string | undefined]>([
  ['2026-11-24T02:06:04.123+00:00', '2026-11-24T02:06:04.123Z'],
  ['2026-11-24T02:06:04.123 00:00', '2026-11-24T02:06:04.123Z'],
  ['2026-11-24T02:06:04.123456Z', '2026-11-24T02:06:04.123Z'],
  ['2026-11-24t04:06+0200', '2026-11-24T02:06:00.000Z'],
  ['2026-11-24 02:06:04-01:30', '2026-11-24T03:36:04.000Z'],
  ['2026-11-24T02:06:04', '2026-11-24T02:06:04.000Z'],
  ['2026-11-24', '2026-11-24T00:00:00.000Z'],
  [' 1795486000.5 ', '2026-11-24T02:06:40.500Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
  ['2026-11-31T25:00', undefined],
  ['2026-13-01', undefined],
  ['Nov 24 2026', undefined],
  ['99999999999999999', undefined],
  ['-5', undefined],
  ['', undefined],
])('the time "%s" is read as %s', (text, time) => {
  const at = readTime(text);
  expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(time);
});
