import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mkdirBeneath } from '../../../src/files/mkdirBeneath.ts';
import { folderFault, outputRoots } from '../../../src/runner/folders/outputFolders.ts';
import { resolveFolder } from '../../../src/runner/folders/resolveFolder.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const job = '0f9c2d1e-7a41-4c0b-9c7e-2f6d8f0a1b2c';

test.each([
  [[], true, null],
  [[], false, ['/data/outputs']],
  [['/scratch', '/ckpt'], true, ['/scratch', '/ckpt']],
  [['/scratch'], false, ['/scratch']],
])('roots given %j, open: %s, are %j', (given, isOpen, roots) => {
  expect(outputRoots(given, '/data', isOpen)).toEqual(roots);
});

describe('folders that may be named', () => {
  const may = (folder: string, roots: string[] | null) => folderFault(folder, { roots, dataDir: '/data' }) === null;

  test.each([
    ['/scratch', true],
    ['/scratch/a/b', true],
    ['/scratch/..b', true],
    ['/scratchy', false],
    ['/', false],
    ['/etc', false],
    ['/other/x', true],
  ])('a folder may be named or not, in /scratch and /other: %s: %s', (folder, expected) => {
    expect(may(folder, ['/scratch', '/other'])).toBe(expected);
  });

  test.each([
    ['/data/outputs/mine', true],
    ['/data/outputs/mine/deeper', true],
    [`/data/outputs/mine/x_${job}`, true],
    [`/data/outputs/lmms_eval_${job}`, false],
    [`/data/outputs/${job.toUpperCase()}/x`, false],
    ['/data/outputs', false],
    ['/data', false],
    ['/data/runs/x', false],
    ['/data/journal.db', false],
    ['/', false],
  ])('a folder may be named or not, of those of evald itself: %s: %s', (folder, expected) => {
    expect(may(folder, null)).toBe(expected);
  });

  test.each([
    ['/shared/outputs/mine', true],
    [`/shared/outputs/lmms_eval_${job}`, false],
    ['/shared/outputs', false],
    ['/shared/runs/x', false],
    ['/shared', false],
    ['/shared/team/evals', true],
    ['/data/journal.db', false],
    ['/data/mine', false],
  ])(
    'a folder may be named or not, of those of evald itself, where its runs have a folder that others use too: %s: %s',
    (folder, expected) => {
      expect(folderFault(folder, { roots: null, dataDir: '/data', runsDir: '/shared' }) === null).toBe(expected);
    },
  );

  test('a root may be a link, and may not be there yet', async () => {
    const folder = await temporaryFolder();
    await symlink('later', join(folder, 'link'));
    const roots = [join(folder, 'link')];
    expect(folderFault(resolveFolder(join(folder, 'link', 'x')), { roots, dataDir: '/data' })).toBeNull();
    expect(folderFault(resolveFolder(join(folder, 'later', 'x')), { roots, dataDir: '/data' })).toBeNull();
    expect(folderFault(join(folder, 'x'), { roots, dataDir: '/data' })).toContain(roots[0]);
  });
});

describe('a folder inside another', () => {
  const make = async (root: string, folder: string) => (await mkdirBeneath(root, folder)).close();

  test('a folder is made inside another with all that is missing on the way, the outer one too', async () => {
    const root = join(await temporaryFolder(), 'root');
    await make(root, join(root, 'a', 'b'));
    await make(root, join(root, 'a', 'b'));
    await make(root, root);
    expect(await readdir(join(root, 'a'))).toEqual(['b']);
  });

  test('a folder is not made outside, when a link was put in its path or at its end', async () => {
    const folder = await temporaryFolder();
    const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
    await mkdir(root);
    await mkdir(outside);
    await symlink(outside, join(root, 'link'));
    await expect(make(root, join(root, 'link', 'a'))).rejects.toThrow(
      `ENOTDIR: not a directory, ${join(root, 'link')}`,
    );
    await expect(make(root, join(root, 'link'))).rejects.toThrow(join(root, 'link'));
    await expect(make(root, outside)).rejects.toThrow(`${outside} does not lie in ${root}`);
    expect(await readdir(outside)).toEqual([]);
  });

  test('an opened folder stays what it was when its path leads elsewhere', async () => {
    const folder = await temporaryFolder();
    const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
    await mkdir(outside);
    await using held = await mkdirBeneath(root, join(root, 'a'));
    await rename(join(root, 'a'), join(root, 'moved'));
    await symlink(outside, join(root, 'a'));
    await writeFile(`/proc/self/fd/${held.fd}/log`, '');
    expect([await readdir(join(root, 'moved')), await readdir(outside)]).toEqual([['log'], []]);
  });

  test('a file instead of a folder is named', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'file'), '');
    await expect(make(root, join(root, 'file', 'x'))).rejects.toThrow(
      `ENOTDIR: not a directory, ${join(root, 'file')}`,
    );
  });
});
