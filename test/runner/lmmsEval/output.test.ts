import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { judgeOutput } from '../../../src/runner/lmmsEval/judge.ts';
import { listOutput, readOutputPath } from '../../../src/runner/lmmsEval/output.ts';
import { temporaryFolder } from '../../support/localRun.ts';
import { request } from '../../support/request.ts';

async function write(folder: string, path: string, content = ''): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

test('both places are listed, and nothing else', async () => {
  const folder = await temporaryFolder();
  const wanted = ['1_results.json', '1_samples_a.jsonl', 'm/2_results.json', 'm/2_samples_b_samples_c.jsonl'];
  const unwanted = [
    '_results.json',
    'eval.log',
    'm/deep/3_results.json',
    '4_samples_a.json',
    'results.json',
    'm/_samples_a.jsonl',
  ];
  for (const path of [...wanted, ...unwanted]) await write(folder, path);
  await mkdir(join(folder, '5_results.json'));
  await symlink('/nonexistent', join(folder, '6_results.json'));
  await symlink(folder, join(folder, 'again'));
  execFileSync('mkfifo', [join(folder, '7_results.json')]);
  expect(await listOutput(folder)).toEqual([...wanted, 'again/1_results.json', 'again/1_samples_a.jsonl'].sort());
  expect(await listOutput(join(folder, 'nothing'))).toEqual([]);
  expect(await listOutput(join(folder, 'eval.log'))).toEqual([]);
});

test('a path tells the model, the stamp and the kind', () => {
  expect(readOutputPath('org__m/1_2_results.json')).toEqual({
    path: 'org__m/1_2_results.json',
    folder: 'org__m',
    stamp: '1_2',
    kind: 'results',
  });
  expect(readOutputPath('1_2_samples_a_samples_b.jsonl')).toMatchObject({ folder: '', stamp: '1_2', kind: 'samples' });
});

async function twoRuns(log: string) {
  const output = await temporaryFolder();
  for (const [stamp, score] of [
    ['20260101_000001', 0.1],
    ['20260101_000002', 0.2],
  ] as const) {
    await write(output, `m/${stamp}_results.json`, JSON.stringify({ results: { a: { 'acc,none': score } } }));
    await write(output, `m/${stamp}_samples_a.jsonl`);
  }
  await write(output, 'log', log.replace('OUT', output));
  return judgeOutput({ output, ownOutput: false, log: join(output, 'log'), before: [] }, request({ tasks: ['a'] }), []);
}

test('of two alike runs in one folder, the one whose samples the log names is ours', async () => {
  expect(await twoRuns('INFO - Saving samples to OUT/m/20260101_000001_samples_a.jsonl\n')).toMatchObject({
    metrics: { a: { acc: { value: 0.1 } } },
    result: { m: { samples: [expect.stringContaining('000001_samples_a')] } },
    warnings: [],
  });
});

test('when the log names neither, the newest is taken, with a warning', async () => {
  expect(await twoRuns('')).toMatchObject({
    metrics: { a: { acc: { value: 0.2 } } },
    warnings: [expect.stringContaining('2 results files')],
  });
});
