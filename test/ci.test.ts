import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { charts } from '../src/machines/charts.ts';
import { transitionsOf } from './model/chartTransitions.ts';
import { transitionLines } from './support/reporters/transitionReporter.ts';
import { temporaryFolder } from './support/runs/localRun.ts';

const program = join(import.meta.dirname, '../.ci/tests.mjs');

/** Runs what CI runs on files of tests, which are written into a folder of their own. @returns the lines from the empty one before the end on. */
async function closingLines(
  files: Record<string, string>,
): Promise<{ code: number | null; lines: string[]; all: string }> {
  const root = await temporaryFolder();
  const config = join(root, 'vitest.config.mjs');
  await writeFile(config, `export default { test: { globals: true, include: ['*.test.js'] } }`);
  for (const [name, source] of Object.entries(files)) await writeFile(join(root, name), source);
  // Nothing of the run that this test is a part of.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST$)/.test(name)),
  );
  const child = spawn(process.execPath, [program, `--root=${root}`, `--config=${config}`], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const [all] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const lines = all.trimEnd().split('\n');
  return { code: child.exitCode, lines: lines.slice(lines.lastIndexOf('') + 1), all };
}

test('CI closes with what failed, what passed alone, and the count', async () => {
  const { code, lines } = await closingLines({
    'fine.test.js': "test('adds', () => expect(1 + 1).toBe(2)); test.skip('waits', () => {})",
    'wrong.test.js':
      "test('is fine here', () => {}); describe('sums', () => { test('subtracts', () => expect([1, 2]).toEqual([1, 3])) })",
    'broken.test.js': "beforeAll(() => { throw new Error('no server') }); test('asks', () => {})",
    'unsteady.test.js': `
      import { existsSync, writeFileSync } from 'node:fs';
      test('is late', () => {
        const isThere = existsSync(import.meta.dirname + '/seen');
        writeFileSync(import.meta.dirname + '/seen', '');
        expect(isThere, 'the file\\nis there').toBe(true);
      })`,
  });
  expect(code).toBe(1);
  expect(lines).toEqual([
    'unsteady, to be mended: unsteady.test.js > is late',
    expect.stringMatching(/^ {4}AssertionError?: the file|^ {4}the file \(.*unsteady\.test\.js:\d+\)$/),
    expect.stringMatching(/^ {4}is there/),
    expect.stringMatching(/^ {4}- true$/),
    expect.stringMatching(/^ {4}\+ false$/),
    'failed: broken.test.js',
    expect.stringMatching(/^ {4}no server \(.*broken\.test\.js:1\)$/),
    'failed: wrong.test.js > sums > subtracts',
    expect.stringMatching(/^ {4}expected .* to deeply equal .* \(.*wrong\.test\.js:1\)$/),
    expect.stringContaining('3'),
    expect.stringContaining('2'),
    '3 passed, 2 failed, 1 skipped',
  ]);
});

test('CI passes when every file that failed passes alone, and counts its tests', async () => {
  const { code, lines } = await closingLines({
    'fine.test.js': "test('adds', () => {})",
    'setup.test.js': `
      import { existsSync, writeFileSync } from 'node:fs';
      beforeAll(() => {
        const isThere = existsSync(import.meta.dirname + '/seen');
        writeFileSync(import.meta.dirname + '/seen', '');
        if (!isThere) throw new Error('too early');
      });
      test('one', () => {}); test('two', () => {})`,
  });
  expect([code, lines[0], lines.at(-1)]).toEqual([0, 'unsteady, to be mended: setup.test.js', '3 passed, 0 failed']);
});

test('CI names failures of many files in few lines, and runs none of them once more', async () => {
  const numbers = Array.from({ length: 13 }, (_, number) => number);
  const failing = "for (const name of ['a', 'b', 'c']) test(name, () => expect(name).toBe('d'))";
  const { code, lines, all } = await closingLines(
    Object.fromEntries(numbers.map((number) => [`many${number}.test.js`, failing])),
  );
  expect(code).toBe(1);
  expect(lines.filter((line) => line.startsWith('failed: many'))).toHaveLength(25);
  expect(lines.slice(-2)).toEqual(['failed: 14 more', '0 passed, 39 failed']);
  expect(lines.length).toBeLessThanOrEqual(60);
  expect(all).not.toContain('once more');
});

test('CI fails for an error that belongs to no test, which running files once more would hide', async () => {
  const { code, lines, all } = await closingLines({
    'astray.test.js': "test('goes on', async () => { void Promise.reject(new Error('astray')) })",
    'wrong.test.js': "test('fails', () => { throw new Error('wrong') })",
  });
  expect([code, lines.at(-1)]).toEqual([1, '1 passed, 2 failed']);
  expect(lines).toEqual(expect.arrayContaining(['failed: wrong.test.js > fails', 'failed: beside the tests']));
  expect(lines.join('\n')).toContain('    astray');
  expect(all).not.toContain('once more');
});

test('of a chart whose transitions were all taken CI says so in one line, and of another which never were', () => {
  const all = transitionsOf(charts.job);
  const taken = Object.fromEntries(all.map(({ key }) => [key, 1]));
  expect(transitionLines(charts.job, [{}, { job: taken }])).toEqual([
    `job: ${all.length} of ${all.length} transitions taken`,
  ]);
  const [first] = all;
  const lines = transitionLines(charts.job, [{ job: { ...taken, [first?.key ?? '']: 0 } }]);
  expect(lines).toEqual([
    `job: ${all.length - 1} of ${all.length} transitions taken`,
    expect.stringContaining(first?.text ?? ''),
    'FAILED: 1 transitions of the chart job were never taken',
  ]);
});
