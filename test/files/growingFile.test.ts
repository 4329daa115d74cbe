import { appendFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GrowingFile } from '../../src/files/growingFile.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

async function setUp() {
  const path = join(await temporaryFolder(), 'log');
  await writeFile(path, 'one\n');
  const file = new GrowingFile(path);
  onTestFinished(() => file.close());
  await file.observe();
  return { path, file };
}

test('a file is seen to grow under another name, and beside one that replaced it', async () => {
  const { path, file } = await setUp();
  await rename(path, `${path}.1`);
  await appendFile(`${path}.1`, 'two\n');
  expect(await file.observe()).toEqual({ grew: true, isVisible: true });
  await writeFile(path, '');
  expect(await file.observe()).toEqual({ grew: false, isVisible: true });
  await appendFile(`${path}.1`, 'three\n');
  expect((await file.observe()).grew).toBe(true);
  await appendFile(path, 'four\n');
  expect((await file.observe()).grew).toBe(true);
  expect(file.files.map(({ size }) => size)).toEqual([14, 5]);
});

test('a file that was deleted is held open, and still looked at', async () => {
  const { path, file } = await setUp();
  await rm(path);
  expect(await file.observe()).toEqual({ grew: false, isVisible: true });
});

test('a file that is cut to nothing has not grown, and is begun anew', async () => {
  const { path, file } = await setUp();
  await truncate(path, 0);
  expect(await file.observe()).toEqual({ grew: false, isVisible: true });
  expect(file.files[0]).toMatchObject({ size: 0, cuts: 1 });
  await appendFile(path, 'x');
  expect((await file.observe()).grew).toBe(true);
});

test('a file that was cut and has grown past its old size between two looks is known by its content', async () => {
  const { path, file } = await setUp();
  await truncate(path, 0);
  await appendFile(path, 'other words\n');
  expect((await file.observe()).grew).toBe(true);
  expect(file.files[0]).toMatchObject({ size: 12, cuts: 1 });
});

test('a missing file is no silence: that is not the same as nothing that grew', async () => {
  const path = join(await temporaryFolder(), 'log');
  const file = new GrowingFile(path);
  onTestFinished(() => file.close());
  expect(await file.observe()).toEqual({ grew: false, isVisible: false });
  await writeFile(path, 'late');
  expect(await file.observe()).toEqual({ grew: true, isVisible: true });
});
