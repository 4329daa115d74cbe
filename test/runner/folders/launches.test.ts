import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginLaunch, lastLaunch } from '../../../src/runner/folders/launches.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const prepared = (log: string) => ({ output: '/o', ownOutput: true, log, before: [] });

test('the last launch is found by its number, not by its name', async () => {
  const folder = await temporaryFolder();
  expect(await lastLaunch(folder)).toBeNull();
  expect(await lastLaunch(join(folder, 'nothing'))).toBeNull();
  for (let number = 1; number <= 10; number++) await beginLaunch(folder, prepared(`/${number}`));
  expect(await lastLaunch(folder)).toEqual({ state: join(folder, '10'), prepared: prepared('/10') });
});

test('files of others in the folder do not hide a launch, nor stop the next', async () => {
  const folder = await temporaryFolder();
  await beginLaunch(folder, prepared('/1'));
  for (const file of ['.nfs0001', '.DS_Store', 'notes.txt', '2', '1e3', '0x20', '-1', '03', '9'.repeat(30)]) {
    await writeFile(join(folder, file), '');
  }
  await mkdir(join(folder, '7'));
  await mkdir(join(folder, 'lost+found'));
  expect(await lastLaunch(folder)).toEqual({ state: join(folder, '1'), prepared: prepared('/1') });
  await beginLaunch(folder, prepared('/8'));
  expect(await lastLaunch(folder)).toEqual({ state: join(folder, '8'), prepared: prepared('/8') });
});
