import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFirstLine } from '../../src/runner/failureLines.ts';
import { readFailure } from '../../src/runner/lmmsEval/failures.ts';
import { temporaryFolder } from '../support/localRun.ts';

const CHUNK = 256 * 1024;

async function logOf(content: string): Promise<string> {
  const path = join(await temporaryFolder(), 'log');
  await writeFile(path, content);
  return path;
}

test('the first of several markers counts, wherever it stands', async () => {
  const log = await logOf('a\nsome B: two\nand A: one\nrest\n');
  expect(await findFirstLine(log, ['A:', 'B:'])).toEqual({ marker: 'B:', lines: ['B: two', 'and A: one', 'rest', ''] });
  expect(await findFirstLine(log, ['C:'])).toBeNull();
  expect(await findFirstLine(await logOf(''), ['C:'])).toBeNull();
});

test('a marker across the border of two chunks is found, in a line of any length', async () => {
  for (let shift = 0; shift <= 'MARKER'.length; shift++) {
    const log = await logOf(`${'x'.repeat(CHUNK - shift)}MARKER here${'y'.repeat(CHUNK)}`);
    const line = (await findFirstLine(log, ['MARKER']))?.lines[0];
    expect(line).toMatch(/^MARKER herey+…$/);
    expect(line).toHaveLength(2_001);
  }
});

test('colours are dropped, and a progress bar drawn over the line takes nothing away', async () => {
  const log = await logOf('\u001b[31m\u001b[1mMARKER: it broke\u001b[0m\r 50%|##\rnext\n');
  expect((await findFirstLine(log, ['MARKER']))?.lines[0]).toBe('MARKER: it broke');
});

test("lmms-eval's words", async () => {
  const head = '2026-11-24 03:32:04 | ERROR    | lmms_eval.__main__:cli_evaluate:614 - ';
  const end = 'Please set `--verbosity=DEBUG` to get more information.';
  const words = async (text: string) => readFailure(await logOf(`before\n${text}\nafter\n`));
  expect(await words('all is well')).toBeNull();
  expect(await words(`${head}Error during evaluation: boom. ${end}`)).toBe(`Error during evaluation: boom. ${end}`);
  expect(await words(`${head}Error during evaluation: two\nlines. ${end}`)).toBe(
    `Error during evaluation: two\nlines. ${end}`,
  );
  expect(await words(`${head}Error during evaluation: no end`)).toBe('Error during evaluation: no end');
  expect(await words(`${head}Tasks were not found: x, y\n       Try \`lmms-eval --tasks list\`\nTraceback`)).toBe(
    'Tasks were not found: x, y\nTry `lmms-eval --tasks list`',
  );
  expect(await words(`${head}Need to specify task to evaluate.`)).toBe('Need to specify task to evaluate.');
  expect(await words(`${head}Could not save results aggregated\n${head}OSError(28, 'a - b')`)).toBe(
    "Could not save results aggregated: OSError(28, 'a - b')",
  );
});
