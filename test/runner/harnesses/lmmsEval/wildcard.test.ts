import { expect, test } from 'vitest';
import { coversWildcard, matchesWildcard } from '../../../../src/schemas/values/wildcard.ts';

test.each([
  ['mm*', 'mmmu', true],
  ['mm?', 'mme', true],
  ['[mx]me', 'mme', true],
  ['[!m]me', 'mme', false],
  ['[]]', ']', true],
  ['[!]]', ']', false],
  ['[', '[', true],
  ['a[b', 'a[b', true],
  ['[a][', 'a[', true],
  ['[]', '[]', true],
])('the pattern %s matches %s as fnmatch does: %s', (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected);
});

test('brackets without end cost no more than their number', () => {
  const cost = (length: number): number => {
    const text = '['.repeat(length);
    const start = process.cpuUsage();
    for (let round = 0; round < 5; round++) coversWildcard('a*', text);
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  cost(10_000);
  // 32 times as long: a square would take a thousand times as long.
  expect(cost(640_000)).toBeLessThan(200 * Math.max(cost(20_000), 1_000));
});
