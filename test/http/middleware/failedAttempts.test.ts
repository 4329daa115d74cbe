import { beforeEach, describe, expect, test } from 'vitest';
import { FailedAttempts } from '../../../src/http/middleware/failedAttempts.ts';

let now: number;
let lines: string[];
let failures: FailedAttempts;
beforeEach(() => {
  now = 1_000_000;
  lines = [];
  failures = new FailedAttempts({ now: () => now, warn: (line) => lines.push(line) });
});
const waits = (times: number, party = 'a') => Array.from({ length: times }, () => failures.note(party));

describe('wrong tokens', () => {
  test('wrong tokens are answered ten times, and then after a wait that doubles, up to five minutes', () => {
    expect(waits(10)).toEqual(Array(10).fill(0));
    const seen: number[] = [];
    for (let n = 0; n < 11; n++) {
      const wait = failures.note('a');
      seen.push(wait);
      now += wait * 1_000;
      expect(failures.note('a')).toBe(0);
    }
    expect(seen).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  test('wrong tokens that come during the wait do not make it longer', () => {
    waits(14);
    now += 500;
    expect(waits(1_000)).toEqual(Array(1_000).fill(1));
    now += 500;
    expect(failures.note('a')).toBe(0);
    expect(failures.note('a')).toBe(2);
  });

  test('wrong tokens of one party do not count for another', () => {
    waits(100);
    expect(failures.note('b')).toBe(0);
  });

  test('wrong tokens are forgotten after a quiet quarter of an hour', () => {
    waits(11);
    now += 15 * 60_000;
    expect(waits(10)).toEqual(Array(10).fill(0));
  });

  test('wrong tokens wait no longer than five minutes when the clock is put back', () => {
    waits(11);
    now -= 86_400_000;
    expect(failures.note('a')).toBe(0);
  });

  test('wrong tokens of a hundred thousand parties take the memory of ten thousand, the latest', () => {
    waits(11, 'first');
    for (let n = 0; n < 9_999; n++) failures.note(`p${n}`);
    expect(failures.note('first')).toBe(1);
    for (let n = 0; n < 100_000; n++) failures.note(`q${n}`);
    expect(failures.size).toBe(10_000);
    expect(failures.note('first')).toBe(0);
  });
});

describe('the log', () => {
  test('the log reports the first, second, fourth … wrong token of a party', () => {
    waits(1_000);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('a sent a token that is not known');
    expect(lines.at(-1)).toBe('a has sent a token 512 times that is not known');
  });

  test('the log has at most thirty lines of wrong tokens a minute, and counts what it leaves out', () => {
    for (let n = 0; n < 1_000; n++) failures.note(`p${n}`);
    expect(lines).toHaveLength(30);
    now += 60_000;
    failures.note('next');
    expect(lines.at(-1)).toContain('970 lines like this one were left out');
  });
});
