import { stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../src/files/makeFolder.ts';
import { temporaryFolder } from '../support/localRun.ts';

test('a folder is made with those above it; one that is there is left as it is', async () => {
  const folder = join(await temporaryFolder(), 'a', 'b', 'c');
  await makeFolder(folder, 0o700);
  await makeFolder(folder, 0o711);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a link to a folder is as good as one; a file is not', async () => {
  const folder = await temporaryFolder();
  await symlink(folder, join(folder, 'link'));
  await writeFile(join(folder, 'file'), '');
  await makeFolder(join(folder, 'link'));
  await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toThrow('ENOTDIR');
});

// Node's recursive mkdir turns in circles there for good.
test('where nothing can be made it ends, and says so', async () => {
  await expect(makeFolder('/proc/evald/a/b')).rejects.toThrow('ENOENT');
  await expect(makeFolder('/proc/self/fd/999999/a')).rejects.toThrow('ENOENT');
});
