import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff } from '../../src/dashboard/views/job/samples/diff.ts';

const textOf = (parts: ReturnType<typeof diff>, side: 'target' | 'answer') =>
  parts
    .filter(({ kind }) => kind === 'both' || kind === side)
    .map(({ text }) => text)
    .join('');

const words = fc.array(fc.constantFrom('a', 'b', 'c', ' ', '\n', 'é', '漢', '😀', '.')).map((all) => all.join(''));

test('what a difference has of either side is that side, and two parts beside each other are of different kinds', () => {
  fc.assert(
    fc.property(words, words, (target, answer) => {
      const parts = diff(target, answer);
      expect(textOf(parts, 'target')).toBe(target);
      expect(textOf(parts, 'answer')).toBe(answer);
      for (const [at, { kind }] of parts.entries()) expect(kind).not.toBe(parts[at + 1]?.kind);
    }),
  );
});

test('a difference is that of words: what both sides have in this order is in both', () => {
  expect(diff('the quick brown fox', 'the slow brown dog')).toEqual([
    { kind: 'both', text: 'the ' },
    { kind: 'target', text: 'quick' },
    { kind: 'answer', text: 'slow' },
    { kind: 'both', text: ' brown ' },
    { kind: 'target', text: 'fox' },
    { kind: 'answer', text: 'dog' },
  ]);
  expect(diff('same', 'same')).toEqual([{ kind: 'both', text: 'same' }]);
});

test('of sides with too many words to compare each with each it is said that they differ, but for how they begin and end', () => {
  const side = (word: string) => `begin ${Array.from({ length: 50_000 }, (_, at) => `${word}${at}`).join(' ')} end`;
  const parts = diff(side('a'), side('b'));
  expect(parts.map(({ kind }) => kind)).toEqual(['both', 'target', 'answer', 'both']);
  expect(textOf(parts, 'target')).toBe(side('a'));
});
