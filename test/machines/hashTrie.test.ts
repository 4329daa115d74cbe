import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as trie from '../../src/machines/hashTrie.ts';

type Numbers = trie.Trie<number>;

test('holds what a map holds, for any sequence of changes', () => {
  const change = fc.record({ key: fc.string({ maxLength: 2 }), value: fc.option(fc.nat(), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const plain = new Map<string, number>();
      let map: Numbers = null;
      for (const { key, value } of changes) {
        if (value === undefined) plain.delete(key);
        else plain.set(key, value);
        map = value === undefined ? trie.remove(map, key) : trie.set(map, key, value);
      }
      for (const { key } of changes) expect(trie.find(map, key)).toBe(plain.get(key));
      for (const key of plain.keys()) map = trie.remove(map, key);
      expect(map).toBeNull();
    }),
  );
});

// Of so many keys some share all the 30 bits of their first hash: they are told apart by another one.
test('tells 150,000 keys apart, and forgets them one by one', () => {
  const keys = Array.from({ length: 150_000 }, (_, n) => `job-${n * 7919}`);
  let map: Numbers = null;
  for (const [n, key] of keys.entries()) map = trie.set(map, key, n);
  expect(keys.every((key, n) => trie.find(map, key) === n)).toBe(true);
  expect(trie.find(map, 'job-1')).toBeUndefined();
  expect(depthOf(map)).toBeGreaterThan(6);
  for (const key of keys) {
    map = trie.remove(map, key);
    if (trie.find(map, key) !== undefined) throw new Error(`${key} is still there`);
  }
  expect(map).toBeNull();
});

test('is a value: a change leaves the map it was made from as it was', () => {
  const before = trie.set(trie.set(null as Numbers, 'a', 1), 'b', 2);
  const after = trie.remove(trie.set(before, 'a', 3), 'b');
  expect([trie.find(before, 'a'), trie.find(before, 'b')]).toEqual([1, 2]);
  expect([trie.find(after, 'a'), trie.find(after, 'b')]).toEqual([3, undefined]);
  expect(trie.remove(after, 'nobody')).toBe(after);
});

function depthOf(map: Numbers): number {
  return map === null || 'key' in map ? 0 : 1 + Math.max(...map.nodes.map(depthOf));
}
