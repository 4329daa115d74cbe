import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { long, longest, measuring } from './tiers.ts';

test('every file and pattern that is left out of `npm test` is there, and is named once', () => {
  const patterns = [...Object.keys(long), ...Object.keys(measuring)];
  const files = patterns.map((pattern) => globSync(pattern));
  expect(patterns.filter((_, index) => files[index]?.length === 0)).toEqual([]);
  expect(new Set(files.flat()).size).toBe(files.flat().length);
});

test('every file that begins first is one of those that are left out of `npm test`', () => {
  const files = Object.keys(long).flatMap((pattern) => globSync(pattern));
  expect(longest.filter((file) => !files.includes(file))).toEqual([]);
});
