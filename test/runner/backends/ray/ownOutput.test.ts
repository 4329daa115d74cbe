import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOwnOutput, marksOf } from '../../../../src/runner/backends/ray/ownOutput.ts';

const { first, last } = marksOf('evald-1');

/** Takes a text in pieces. @returns what is the run's own, and whether it was whole. */
function taken(text: string, pieces: number[], known = 0): [string, boolean] {
  const output = createOwnOutput('evald-1', known);
  const bytes = Buffer.from(text);
  const cuts = [0, ...pieces.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const own = cuts.slice(1).map((cut, i) => output.take(bytes.subarray(cuts[i], cut)));
  return [Buffer.concat([...own, output.rest()]).toString(), output.isWhole()];
}

test.each([
  [`Ray says\n${first}one\ntwo\n${last}`, 'one\ntwo\n', true],
  [`Ray says\n${first}no end of line${last}`, 'no end of line', true],
  [`${first}${last}Ray says more`, '', true],
  [`Ray says\n${first}cut --- end of out`, 'cut --- end of out', false],
  ['Ray says, and no more\n', '', false],
])('of the log %j of Ray the output of the program is %j', (text, own, isWhole) => {
  expect(taken(text, [])).toEqual([own, isWhole]);
});

test('the output of a program is the same in whatever pieces it comes, and after a break continues', () => {
  const word = fc.constantFrom('a', 'ä', '\n', '---', '--- end of output', first.slice(0, 9), last.slice(0, -2));
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      fc.nat(40),
      fc.boolean(),
      (words, pieces, known, isWhole) => {
        const own = words.join('');
        const text = `before\n${first}${own}${isWhole ? last : ''}`;
        const rest = Buffer.from(own).subarray(known).toString();
        expect(taken(text, pieces, known)).toEqual([rest, isWhole]);
      },
    ),
  );
});

test('of a log without its first line little is kept', () => {
  const output = createOwnOutput('evald-1', 0);
  for (let piece = 0; piece < 1_000; piece++) expect(output.take(Buffer.alloc(10_000, 'x'))).toHaveLength(0);
  expect(output.rest()).toHaveLength(0);
});
