import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Allowed, createAdmission } from '../../../src/runner/checks/admission.ts';
import type { MergeRequest } from '../../../src/schemas/harness/merge.ts';
import { coversWildcard } from '../../../src/schemas/values/wildcard.ts';
import { request } from '../../support/requests/request.ts';

const admission = (allowed: Partial<Allowed> = {}) =>
  createAdmission({ folders: { roots: ['/scratch'], dataDir: '/data' }, models: [], tasks: [], ...allowed });

test.each([
  ['mmmu_val', 'mmmu_val', true],
  ['mmmu_val', 'mmmu_vals', false],
  ['mmmu_val', 'MMMU_val', false],
  ['mmmu*', 'mmmu', true],
  ['*_val', 'mmmu_val', true],
  ['m?e', 'mme', true],
  ['m?e', 'me', false],
  ['*', 'anything at all', true],
  // Names that stand for several: all of them must be allowed.
  ['mmmu*', 'mmmu*', true],
  ['mm*', 'mmmu_?al', true],
  ['mm*', 'm*', false],
  ['mmmu_val', 'mmmu_*', false],
  ['mm?', 'mm*', false],
  ['mm?', 'mm?', true],
  ['mme', 'mm[e]', false],
  ['mm????', 'mm[ab]', false],
  ['mm?', 'mm[ab]', true],
  ['*b*', '[abc]', false],
  ['*b]', 'a[cb]', false],
  ['*', '[abc]*', true],
  ['mm[a', 'mm[a', true],
])('the pattern %s allows all that %s stands for: %s', (pattern, name, expected) => {
  expect(coversWildcard(pattern, name)).toBe(expected);
});

test('a pattern and a name of any length take no longer than the product of their lengths', () => {
  expect(coversWildcard('*a'.repeat(200), 'a'.repeat(50_000))).toBe(true);
  expect(coversWildcard(`${'*a'.repeat(200)}b`, 'a'.repeat(50_000))).toBe(false);
});

test('a pattern without a slash allows no file of tasks', () => {
  const evaluation = (task: string, tasks: string[]) => () =>
    admission({ tasks }).evaluation(request({ tasks: [task] }));
  for (const file of ['mmmu/../evil.yaml', '/scratch/evil_val', 'mmmu_val/']) {
    expect(evaluation(file, ['mmmu*', '*_val', '*'])).toThrow('not allowed');
  }
  expect(evaluation('/tasks/mine.yaml', ['/tasks/*.yaml'])).not.toThrow();
  expect(evaluation('/tasks/mine.py', ['/tasks/*.yaml'])).toThrow('not allowed');
});

describe('an evaluation', () => {
  const evaluation = (fields: Parameters<typeof request>[0], allowed?: Partial<Allowed>) => () =>
    admission(allowed).evaluation(request(fields));

  test('an evaluation of anything is allowed where nothing is configured', () => {
    expect(evaluation({ model: 'any', tasks: ['a*'], output_dir: '/scratch/x' })).not.toThrow();
  });

  test.each<[Parameters<typeof request>[0], string]>([
    [{ model: 'vllm2' }, '`model` "vllm2" not allowed; allowed: qwen*, vllm'],
    [{ tasks: ['mme', 'mmmu', 'x'] }, '`tasks` "mmmu", "x" not allowed; allowed: mme'],
    [{ tasks: 'abcdefgh'.split('') }, '`tasks` "a", "b", "c", "d", "e" and 3 more not allowed'],
    [{ output_dir: '/etc' }, '`output_dir` "/etc" is not allowed: it must lie in /scratch, links followed'],
    [{ output_dir: '/scratch/../etc' }, '`output_dir` "/scratch/../etc" is not allowed'],
    [{ output_dir: 'relative' }, '`output_dir` "relative" is not allowed'],
    [{ model: 'x'.repeat(1_000) }, `"${'x'.repeat(200)}…" not allowed`],
  ])('an evaluation of %j is refused, and what is allowed is named', (fields, words) => {
    const refused = evaluation(
      { model: 'vllm', tasks: ['mme'], ...fields },
      { models: ['qwen*', 'vllm'], tasks: ['mme'] },
    );
    expect(refused).toThrow(expect.objectContaining({ code: 'notAllowed' }));
    expect(refused).toThrow(words);
  });
});

describe('a merge', () => {
  const merge = (fields: Partial<MergeRequest>, allowed?: Partial<Allowed>) =>
    admission(allowed).merge({ checkpoint_path: '/ckpt/1', output_path: null, checkpoint_type: 'regular', ...fields });

  test('a merge writes where roots are, and reads from anywhere', () => {
    expect(merge({ output_path: '/scratch/a/../b' })).toMatchObject({
      checkpoint_path: '/ckpt/1',
      output_path: '/scratch/b',
    });
    expect(() => merge({ output_path: '/etc' })).toThrow(
      '`output_path` "/etc" is not allowed: it must lie in /scratch',
    );
  });

  test('a merge that names no folder writes into the checkpoint, which must then lie in a root', () => {
    expect(() => merge({})).toThrow('`checkpoint_path` "/ckpt/1" is not allowed');
    expect(merge({ checkpoint_path: '/scratch/1' }).output_path).toBeNull();
  });

  test('a merge never writes among the files of evald itself', () => {
    const open = { folders: { roots: null, dataDir: '/data' } };
    expect(() => merge({ output_path: join('/data', 'runs') }, open)).toThrow("kept for evald's own files");
    expect(merge({ checkpoint_path: 'anywhere' }, open).checkpoint_path).toBe('anywhere');
  });
});
