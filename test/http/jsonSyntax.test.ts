import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSyntaxFault } from '../../src/http/jsonSyntax.ts';

describe('the position of a fault', () => {
  test.each([
    ['{"model":', 9],
    ['{"model": ', 10],
    ['{"model":"a","tasks":["b"],}', 27],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{"a":1}}', 7],
    ['{"a":1} x', 8],
    ['{"a":tru}', 5],
    ['{"a":"b', 5],
    ['["😀", x]', 6],
    ['[-]', 1],
    ['nope', 0],
    [']', 0],
  ])('the position of a fault in JSON is the one that Python names: %s at %i', (text, position) => {
    expect(findSyntaxFault(text).position).toBe(position);
  });
});

test.each([
  ['{"limit": NaN}', 'NaN', ['limit']],
  ['{"a": [1, {"b": -Infinity}]}', '-Infinity', ['a', 1, 'b']],
  ['Infinity', 'Infinity', []],
])('a number that JSON does not have is reported with its position: %s', (text, notFinite, path) => {
  expect(findSyntaxFault(text)).toMatchObject({ notFinite, path });
});

test('a text that was cut or corrupted has its fault inside it', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '}', ']', ',', ':', '\\', '\n', 'x'),
      (json, seed, spoilt) => {
        const at = seed % (json.length + 1);
        const text = json.slice(0, at) + spoilt + json.slice(at + 1);
        fc.pre(text.isWellFormed() && !isJson(text));
        const { position } = findSyntaxFault(text);
        expect(position).toBeLessThanOrEqual([...text].length);
        // All that is before the fault could still become JSON: there, only the end is wrong.
        const before = [...text].slice(0, position).join('');
        expect(findSyntaxFault(before).position).toBe([...before].length);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a text of 1 MiB is searched whatever it holds', () => {
  expect(findSyntaxFault('['.repeat(1 << 20)).position).toBe(1 << 20);
  expect(findSyntaxFault(`["${'a'.repeat(1 << 20)}`).position).toBe(1);
  expect(findSyntaxFault(`[${'1'.repeat(1 << 20)}x`).position).toBe((1 << 20) + 1);
  expect(findSyntaxFault(`["${'\\n'.repeat(1 << 19)}`).position).toBe(1);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
