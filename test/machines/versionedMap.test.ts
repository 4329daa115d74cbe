import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VersionedMap } from '../../src/machines/scheduler/versionedMap.ts';

test('each version of a versioned map stays what it was, whichever was changed or read before, also where two come of the same', () => {
  const change = fc.record({
    from: fc.nat({ max: 60 }),
    key: fc.integer({ min: 0, max: 6 }),
    value: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    read: fc.nat({ max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const versions = [{ map: VersionedMap.of<number, number>(), plain: new Map<number, number>() }];
      const check = (at: number) => {
        const { map, plain } = versions[at % versions.length] as (typeof versions)[0];
        for (let key = 0; key <= 6; key++) expect(map.get(key)).toBe(plain.get(key));
      };
      for (const { from, key, value, read } of changes) {
        const { map, plain } = versions[from % versions.length] as (typeof versions)[0];
        const changed = new Map(plain);
        if (value === undefined) changed.delete(key);
        else changed.set(key, value);
        versions.push({ map: value === undefined ? map.without(key) : map.with(key, value), plain: changed });
        check(read);
      }
      for (const at of versions.keys()) check(at);
    }),
  );
});

test('a versioned map that is left without what it does not have is the same one', () => {
  const map = VersionedMap.of([['a', 1]]);
  expect(map.without('b')).toBe(map);
  expect(map.without('a').get('a')).toBeUndefined();
  expect(map.get('a')).toBe(1);
});
