import { mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { foldersOverlap } from '../../../src/machines/scheduler/foldersOverlap.ts';
import { resolveFolder } from '../../../src/runner/folders/resolveFolder.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

test.each([
  ['/x', '/x', true],
  ['/x', '/x/b', true],
  ['/', '/x', true],
  ['/x', '/x/..b', true],
  ['/x', '/xy', false],
  ['/x/a', '/x/b', false],
  ['/x/..a', '/x', true],
])('the folders %s and %s overlap: %s, in either order', (a, b, overlap) => {
  expect([foldersOverlap(a, b), foldersOverlap(b, a)]).toEqual([overlap, overlap]);
});

test('every spelling of a folder resolves to one, whether it is there or not', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'there', 'inner'), { recursive: true });
  await symlink('there', join(folder, 'link'));
  for (const end of ['there', 'there/inner', 'there/new/deeper']) {
    const plain = join(folder, end);
    const linked = join(folder, end.replace('there', 'link'));
    const spellings = [`${plain}/`, `${folder}/./${end}`, `${folder}//${end}`, relative('.', plain), linked];
    expect(new Set(spellings.map(resolveFolder))).toEqual(new Set([plain]));
  }
});

test('a link to a folder that is not there yet leads to where it will be', async () => {
  const folder = await temporaryFolder();
  await symlink('later', join(folder, 'link'));
  await symlink('loop', join(folder, 'loop'));
  expect(resolveFolder(join(folder, 'link', 'x'))).toBe(join(folder, 'later', 'x'));
  expect(resolveFolder(join(folder, 'loop', 'x'))).toBe(join(folder, 'loop', 'x'));
});
