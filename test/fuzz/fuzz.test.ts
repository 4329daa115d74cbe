import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { caseOf, faulty, readCase, targets, written } from './cases.ts';
import { Readers } from './children.ts';

const folder = join(import.meta.dirname, 'seeds');
const readers = new Readers();
afterAll(() => readers.close());

test.each((await readdir(folder)).filter((name) => name.endsWith('.json')))(
  'an input that once failed is read, or refused, in time: %s',
  async (name) => {
    expect(await readers.read(readCase(await readFile(join(folder, name), 'utf8')))).toBeNull();
  },
);

/** The same in each run of the tests; `npm run test:fuzz` tries others. */
const first = Number(process.env['TEST_FUZZ_SEED'] ?? 1);

test.each(targets)(`a few hostile inputs are read, or refused, in time: %s, from seed ${first}`, async (target) => {
  for (let seed = first; seed < first + 4; seed++) {
    const fault = await readers.read(caseOf(seed, target));
    expect(fault === null ? null : `seed ${seed}: ${fault}`).toBeNull();
  }
});

test('a case is the same for the same seed, and when it is kept', () => {
  for (const target of targets) {
    expect(written(caseOf(7, target))).toBe(written(caseOf(7, target)));
    expect(written(readCase(written(caseOf(7, target))))).toBe(written(caseOf(7, target)));
  }
});

const empty = { 'prepared.json': Buffer.from('{}'), 'harness.json': Buffer.from(''), exit: Buffer.from('') };

test.each([
  ['ends its reader', 'end', /the reader ended: 3/],
  ['never ends', 'spin', /processor time/],
  ['lets it grow', 'grow', /grown by/],
  ['meets what no reader throws on purpose', 'throw', /RangeError/],
])('an input that %s is found, and the next one is read', async (_, how, fault) => {
  const strict = new Readers(1);
  onTestFinished(() => strict.close());
  expect(await strict.read({ target: faulty, files: { how: Buffer.from(how) } })).toMatch(fault);
  expect(await strict.read({ target: 'notes', files: empty })).toBeNull();
});
