import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSecret } from '../../src/webhooks/secret.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

test('a secret is made once, for its owner only, and is the same after a restart', async () => {
  const dataDir = await temporaryFolder();
  const sources = { file: null, variable: undefined, dataDir };
  const secret = readSecret(sources);
  expect(secret).toEqual({ text: expect.stringMatching(/^[0-9a-f]{64}$/), source: join(dataDir, 'webhook.secret') });
  expect((await stat(secret.source)).mode & 0o777).toBe(0o600);
  expect(readSecret(sources)).toEqual(secret);
  expect(await readFile(secret.source, 'utf8')).toBe(`${secret.text}\n`);
  expect(readSecret({ ...sources, dataDir: await temporaryFolder() }).text).not.toBe(secret.text);
});

test('the secret of a file is trimmed, and wins over that of the variable', async () => {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'own');
  await writeFile(file, ' in the file \n', { mode: 0o600 });
  expect(readSecret({ file, variable: 'in the variable', dataDir }).text).toBe('in the file');
  expect(readSecret({ file: null, variable: 'in the variable', dataDir }).text).toBe('in the variable');
});

test.each([0o604, 0o644, 0o602, 0o666])('a file of mode %o is refused: others may use it', async (mode) => {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'own');
  await writeFile(file, 'secret');
  await chmod(file, mode);
  expect(() => readSecret({ file, variable: undefined, dataDir })).toThrow(
    `the secret in ${file} is open to every user of the machine`,
  );
});

test('an empty secret is refused, wherever it comes from', async () => {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'own');
  await writeFile(file, '\n', { mode: 0o600 });
  expect(() => readSecret({ file, variable: undefined, dataDir })).toThrow(`${file} is empty`);
  expect(() => readSecret({ file: null, variable: ' ', dataDir })).toThrow('EVALD_WEBHOOK_SECRET is empty');
});

test('a file that is not there is refused by its name', async () => {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'absent');
  expect(() => readSecret({ file, variable: undefined, dataDir })).toThrow(file);
});
