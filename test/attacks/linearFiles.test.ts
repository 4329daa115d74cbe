import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { removeFolder } from '../support/files/removeFolder.ts';
import { createReaders } from '../support/hostile/files.ts';
import { endedTexts, fewTexts } from '../support/hostile/texts.ts';
import { expectLinear } from '../support/measuring/linearCost.ts';

// What runs and engines write is read in time that grows with its length: each reader gets texts that cost, in each role
// that a text has in its file. Which sources they are is held by `readers.test.ts`.

const folder = mkdtempSync(join(tmpdir(), 'evald-test-'));
afterAll(() => removeFolder(folder));

const SIZES = [16_384, 65_536];
const readers = createReaders(folder);

test.each(Object.entries(readers))('the time to read %s is linear', async (what, reader) => {
  for (const { name, of } of [...endedTexts, ...fewTexts]) {
    await expectLinear(`${what}: ${name}`, SIZES, (size) => reader(of(size)));
  }
});
