import { expect, test } from 'vitest';
import { formatTime } from '../../src/schemas/time.ts';

test('times have milliseconds and an offset', () => {
  expect(formatTime(Date.UTC(2026, 10, 24, 2, 6, 4, 123))).toBe('2026-11-24T02:06:04.123+00:00');
  expect(formatTime(0)).toBe('1970-01-01T00:00:00.000+00:00');
});
