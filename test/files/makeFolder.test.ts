import { chmod, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedWith } from '../../src/files/fileAccess.ts';
import { makeFolder } from '../../src/files/mkdirBeneath.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

test('a folder is made with those above it, for its owner only; one that is there is left as it is', async () => {
  const folder = join(await temporaryFolder(), 'a', 'b', 'c');
  await makeFolder(folder);
  for (const made of [folder, dirname(folder), dirname(dirname(folder))]) {
    expect((await stat(made)).mode & 0o7777).toBe(0o700);
  }
  await chmod(folder, 0o755);
  await makeFolder(folder);
  await makeFolder(folder, sharedWith(process.getegid?.() ?? 0));
  expect((await stat(folder)).mode & 0o7777).toBe(0o755);
});

test('a link to a folder is accepted as one; a file is not', async () => {
  const folder = await temporaryFolder();
  await symlink(folder, join(folder, 'link'));
  await writeFile(join(folder, 'file'), '');
  await makeFolder(join(folder, 'link'));
  await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toThrow('ENOTDIR');
});

// Node's recursive mkdir turns in circles there for good.
test('a folder that cannot be made is an error that says so', async () => {
  await expect(makeFolder('/proc/evald/a/b')).rejects.toThrow('ENOENT');
  await expect(makeFolder('/proc/self/fd/999999/a')).rejects.toThrow('ENOENT');
});
