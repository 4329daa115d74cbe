import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeTree } from '../../../src/files/removeTree.ts';
import { openFolder } from '../../../src/files/walkTree.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { redactTree } from '../../../src/security/redaction/redactTree.ts';
import { asUnprivileged, makeDeep, makeHostile, oddName, readDeep } from '../../support/hostile/tree.ts';
import { describeWith, fixedFiles, modes, skipWithout } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const secret = 'PLANTED-0123456789';
const starred = '*'.repeat(secret.length);
const sources = new URL('../../../src/', import.meta.url).href;

/** Redacts a folder. @returns what could not be redacted. */
async function redacted(folder: string): Promise<string[]> {
  const problems: string[] = [];
  const [root, redactor] = [await openFolder(folder), Redactor.of([secret])];
  if (redactor === null) throw new Error('nothing to redact');
  await redactTree(root, redactor, (shown, error) => problems.push(`${shown}: ${error}`)).finally(() => root.close());
  return problems;
}

test('whatever a run can make is redacted, by a user to whom modes apply, and keeps its mode', async (context) => {
  skipWithout(modes, context);
  const folder = await temporaryFolder();
  const root = join(folder, 'own');
  await mkdir(root);
  onTestFinished(() => removeTree(root));
  await makeHostile(root, secret);
  makeDeep(root, 30, 200, secret);
  // What has two names is left as it is.
  await rm(join(root, 'twin'));
  const script = `
    const { Redactor } = await import('${sources}security/redaction/redactor.ts');
    const { redactTree } = await import('${sources}security/redaction/redactTree.ts');
    const { openFolder } = await import('${sources}files/walkTree.ts');
    const root = await openFolder('${root}');
    await redactTree(root, Redactor.of(['${secret}']), (shown, error) => console.log(shown, error));
    await root.close();`;
  expect(await asUnprivileged(folder, script)).toEqual({ output: '', error: '' });
  const modeOf = async (name: string) => (await stat(join(root, name))).mode & 0o777;
  expect([await modeOf('closed'), await modeOf('unreadable'), await modeOf('unwritable')]).toEqual([0, 0, 0o444]);
  await chmod(join(root, 'closed'), 0o700);
  await chmod(join(root, 'unreadable'), 0o600);
  for (const name of ['plain', 'new\nline', 'closed/inner/file', 'unreadable', 'unwritable']) {
    expect([name, await readFile(join(root, name), 'utf8')]).toEqual([name, starred]);
  }
  expect(await readFile(oddName(root), 'utf8')).toBe(starred);
  expect(readDeep(root, 30, 200)).toBe(starred);
  expect((await readFile(join(root, 'holes'), 'utf8')).slice(0, 18)).toBe(starred);
});

test('a file that has another name is neither changed nor copied, and is reported: it may be another user’s', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'own'));
  await writeFile(join(folder, 'token'), `${secret}\n`, { mode: 0o640 });
  await link(join(folder, 'token'), join(folder, 'own', 'link'));
  expect(await redacted(join(folder, 'own'))).toEqual([
    expect.stringContaining('link: Error: it has other names (hard links)'),
  ]);
  expect(await readFile(join(folder, 'token'), 'utf8')).toBe(`${secret}\n`);
  expect((await stat(join(folder, 'token'))).nlink).toBe(2);
  expect(await readdir(join(folder, 'own'))).toEqual(['link']);
});

test('names and where links lead are redacted as well, and a name that is taken is reported', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, `model-${secret}`));
  await writeFile(join(root, `model-${secret}`, `${secret}.json`), secret);
  await symlink(`https://user:${secret}@host`, join(root, 'link'));
  expect(await redacted(root)).toEqual([]);
  expect((await readdir(root, { recursive: true })).sort()).toEqual([
    'link',
    `model-${starred}`,
    `model-${starred}/${starred}.json`,
  ]);
  expect(await readlink(join(root, 'link'))).toBe(`https://user:${starred}@host`);
  await writeFile(join(root, secret), '');
  await writeFile(join(root, starred), '');
  expect(await redacted(root)).toEqual([expect.stringMatching(/^\*+: .*the name without it is taken/)]);
});

test('a file that is one hole of exabytes is not read, and that is reported', async () => {
  const root = await temporaryFolder();
  const file = await open(join(root, 'hole'), 'w');
  onTestFinished(() => file.close());
  await file.truncate(8 * 1024 ** 4);
  await writeFile(join(root, 'other'), secret);
  expect(await redacted(root)).toEqual([expect.stringMatching(/^hole: .*most of them a hole, and was not read/)]);
  expect(await readFile(join(root, 'other'), 'utf8')).toBe(starred);
});

test('a file of a few holes is read whole', async () => {
  const root = await temporaryFolder();
  const path = join(root, 'file');
  await writeFile(path, '');
  await truncate(path, 100 * 1024 * 1024);
  await writeFile(path, secret, { flag: 'a' });
  expect(await redacted(root)).toEqual([]);
  expect((await readFile(path)).includes(secret)).toBe(false);
});

describeWith(fixedFiles, 'what only root can make', () => {
  test('a file that cannot be written is reported, and all others are redacted', async () => {
    const root = await temporaryFolder();
    for (const name of ['fixed', 'other']) await writeFile(join(root, name), secret);
    execFileSync('chattr', ['+i', join(root, 'fixed')]);
    onTestFinished(() => void execFileSync('chattr', ['-i', join(root, 'fixed')]));
    expect(await redacted(root)).toEqual([expect.stringMatching(/^fixed: .*EPERM/)]);
    expect(await readFile(join(root, 'other'), 'utf8')).toBe(starred);
  });
});
