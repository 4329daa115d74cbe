import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitWords } from '../../src/schemas/values/text.ts';

test.each([
  ['', []],
  ['   \t ', []],
  ['--include_path /tasks', ['--include_path', '/tasks']],
  ['  a \n b\t', ['a', 'b']],
  ['"two words" one', ['two words', 'one']],
  ["'two words' one", ['two words', 'one']],
  ['--x="a b"\'c d\'e', ['--x=a bc de']],
  ['"" \'\'', ['', '']],
  ['a\\ b \\"c', ['a b', '"c']],
  ['"a\\"b"', ['a"b']],
  ["'a\\b'", ['a\\b']],
  ['"it\'s"', ["it's"]],
  ['$HOME `ls` *', ['$HOME', '`ls`', '*']],
] as const)('the text %j is split into the arguments %j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each([`"a`, `'a`, `a "b c`])('the text %j has a quote that is not closed', (line) => {
  expect(() => splitWords(line)).toThrow(/is not closed/);
});

test('any arguments come back from their quoted line', () => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      expect(splitWords(words.map(quoted).join(' '))).toEqual(words);
    }),
  );
});
