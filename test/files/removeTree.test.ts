import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { removeTree } from '../../src/files/removeTree.ts';
import { asUnprivileged, makeDeep, makeHostile } from '../support/hostile/tree.ts';
import { fixedFiles, modes, skipWithout, smallFilesystem } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

const module = new URL('../../src/files/removeTree.ts', import.meta.url).href;

test('all that a run can make is deleted, by a user to whom modes apply, and nothing that links lead to', async (context) => {
  skipWithout(modes, context);
  const folder = await temporaryFolder();
  const root = join(folder, 'own');
  await mkdir(root);
  await makeHostile(root, 'text');
  makeDeep(root, 30, 200, 'text');
  await writeFile(join(folder, 'mine'), 'mine');
  await symlink(join(folder, 'mine'), join(root, 'to-mine'));
  const { error } = await asUnprivileged(folder, `(await import('${module}')).removeTree('${root}')`);
  expect(error).toBe('');
  expect(await readdir(folder)).toEqual(['mine']);
  expect(await readFile(join(folder, 'mine'), 'utf8')).toBe('mine');
});

test('folders in one another, more than there may be open files, take neither descriptors nor a stack', async () => {
  const root = join(await temporaryFolder(), 'own');
  await mkdir(root);
  makeDeep(root, 1_200, 2, 'text');
  await removeTree(root);
  await expect(readdir(root)).rejects.toThrow('ENOENT');
});

test('a missing tree is deleted already, and a link or a file instead of it is deleted itself', async () => {
  const folder = await temporaryFolder();
  await removeTree(join(folder, 'nothing'));
  await mkdir(join(folder, 'kept'));
  await symlink('kept', join(folder, 'link'));
  await writeFile(join(folder, 'file'), '');
  for (const name of ['link', 'file']) await removeTree(join(folder, name));
  expect(await readdir(folder)).toEqual(['kept']);
});

describe('what only root can make', () => {
  test('a file that cannot be deleted is named, and all else is deleted', async (context) => {
    skipWithout(fixedFiles, context);
    const root = join(await temporaryFolder(), 'own');
    await mkdir(join(root, 'a', 'b'), { recursive: true });
    for (const name of ['a/b/stays', 'a/b/goes', 'goes']) await writeFile(join(root, name), '');
    execFileSync('chattr', ['+i', join(root, 'a/b/stays')]);
    onTestFinished(() => void execFileSync('chattr', ['-i', join(root, 'a/b/stays')]));
    await expect(removeTree(root)).rejects.toThrow(/^a\/b\/stays: EPERM/);
    expect(await readdir(root, { recursive: true })).toEqual(['a', 'a/b', 'a/b/stays']);
  });

  test('a filesystem that is mounted in a tree is left as it is', async (context) => {
    skipWithout(smallFilesystem, context);
    const root = join(await temporaryFolder(), 'own');
    await mkdir(join(root, 'mount'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(root, 'mount')]);
    onTestFinished(() => void execFileSync('umount', [join(root, 'mount')]));
    await writeFile(join(root, 'mount', 'mine'), 'mine');
    await expect(removeTree(root)).rejects.toThrow('mount: another filesystem is mounted there');
    expect(await readdir(join(root, 'mount'))).toEqual(['mine']);
  });
});

describe('a folder that others may change', () => {
  test('a folder that others may change is deleted also when it has very many entries', async () => {
    const root = join(await temporaryFolder(), 'own');
    await mkdir(root);
    await Promise.all(Array.from({ length: 3_000 }, (_, n) => writeFile(join(root, `f${n}`), '')));
    await removeTree(root);
    await expect(readdir(root)).rejects.toThrow('ENOENT');
  });
});
