import { chmod, mkdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareRunsDir } from '../../../src/runner/folders/runsDir.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('the folders of runs are made, and closed to others, in a folder that others use', async () => {
  const shared = await temporaryFolder();
  await chmod(shared, 0o777);
  await mkdir(join(shared, 'runs'), { mode: 0o755 });
  await prepareRunsDir(shared);
  await prepareRunsDir(shared);
  expect([await modeOf(join(shared, 'runs')), await modeOf(join(shared, 'outputs'))]).toEqual([0o700, 0o700]);
  expect(await modeOf(shared)).toBe(0o777);
});

test('a link that another user has put there is not followed', async () => {
  const shared = await temporaryFolder();
  const elsewhere = await temporaryFolder();
  await symlink(elsewhere, join(shared, 'outputs'));
  await expect(prepareRunsDir(shared)).rejects.toThrow(
    `--runs-dir ${shared}: ${join(shared, 'outputs')} cannot be used: it is a link`,
  );
});

test('a folder that cannot be made is named with its reason', async () => {
  await expect(prepareRunsDir('/proc/evald')).rejects.toThrow(
    '--runs-dir /proc/evald: /proc/evald/runs cannot be used: ENOENT',
  );
});
