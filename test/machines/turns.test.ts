import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as turns from '../../src/machines/turns.ts';

type Texts = turns.Turns<string>;

/** How far the next turn is ahead: most follow each other, some leave gaps of any size. */
const step = fc.oneof(fc.constant(1), fc.nat({ max: 40 }), fc.nat({ max: 2 ** 31 }));

test('has each value where a list has it, for any turns, however they are taken out', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.infiniteStream(fc.nat()), (steps, random) => {
      let turn = -1;
      let tree: Texts = null;
      const plain: [number, string][] = [];
      for (const ahead of steps) {
        turn += ahead + 1;
        plain.push([turn, `v${turn}`]);
        tree = turns.insert(tree, turn, `v${turn}`);
        if (random.next().value % 3 === 0) {
          const [gone = [0, '']] = plain.splice(random.next().value % plain.length, 1);
          tree = turns.remove(tree, gone[0]);
          expect(turns.rank(tree, ...gone)).toBeNull();
        }
      }
      for (const same of [tree, turns.fromSorted(plain)]) {
        expect(turns.size(same)).toBe(plain.length);
        expect(listed(same)).toEqual(plain.map(([, value]) => value));
        for (const [rank, [at, value]] of plain.entries()) {
          expect(turns.rank(same, at, value)).toBe(rank);
          expect(turns.rank(same, at, 'another')).toBeNull();
          expect(turns.select(same, rank)).toBe(value);
        }
        expect(turns.select(same, plain.length)).toBeUndefined();
        expect(turns.remove(same, turn + 1)).toBe(same);
      }
      for (const [at] of plain) tree = turns.remove(tree, at);
      expect(tree).toBeNull();
    }),
  );
});

test('goes on where turns no longer fit into 30 bits', () => {
  const all = Array.from({ length: 200 }, (_, n) => 2 ** 30 - 100 + n).concat(2 ** 40, 2 ** 52);
  const tree = all.reduce<Texts>((before, turn) => turns.insert(before, turn, String(turn)), null);
  expect(all.map((turn) => turns.rank(tree, turn, String(turn)))).toEqual(all.map((_, rank) => rank));
  const fewer = all.filter((_, n) => n % 2 === 0).reduce<Texts>((before, turn) => turns.remove(before, turn), tree);
  expect(listed(fewer)).toEqual(all.filter((_, n) => n % 2 === 1).map(String));
});

test('is a value: a change leaves what it was made from as it was', () => {
  const before = turns.insert(turns.insert(null as Texts, 0, 'a'), 1, 'b');
  const after = turns.insert(turns.remove(before, 0), 32, 'c');
  expect([listed(before), listed(after)]).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
});

function listed(tree: Texts): string[] {
  const found: string[] = [];
  turns.values(tree, found);
  return found;
}
