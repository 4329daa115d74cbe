import { appendFile, open, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { locationOf, openRunFile } from '../../../src/files/openRunFile.ts';
import { readChunks } from '../../../src/security/redaction/readChunks.ts';
import { redactFile } from '../../../src/security/redaction/redactFile.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { memoryOf } from '../../support/measuring/memory.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const secret = 'sk-Planted/0123"ü';
const redactor = Redactor.of([secret]) as Redactor;
const starred = (text: string): string => '*'.repeat(Buffer.byteLength(text));
const json = JSON.stringify(secret).slice(1, -1);
const ascii = json.replace('ü', '\\u00fc');

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  return path;
}

async function redacted(path: string, by = redactor): Promise<boolean> {
  const file = await openRunFile(...locationOf(path));
  if (file === null) throw new Error('no file');
  onTestFinished(() => file.handle.close());
  return redactFile(file, by);
}

async function readPart(path: string, start: number, end: number): Promise<string> {
  const handle = await open(path);
  onTestFinished(() => handle.close());
  const chunks = [];
  for await (const chunk of readChunks(handle, start, end, new AbortController().signal, redactor)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test.each([
  ['as it is', secret],
  ['as JSON', json],
  ['as the JSON of Python', ascii],
  ['in a URL', encodeURIComponent(secret)],
])('a secret is found %s, and replaced by as many stars', (_, form) => {
  expect(redactor.text(`a${form}b${form}`)).toBe(`a${starred(form)}b${starred(form)}`);
});

test('a text shorter than eight characters is not looked for, and blanks around a secret do not hide it', () => {
  expect(Redactor.of(['EMPTY', '', '   a   '])).toBeNull();
  expect(Redactor.of(['  12345678\n'])?.text('<12345678>')).toBe('<********>');
});

test('a secret with blanks is also found by its part after the first blank', () => {
  const passphrase = Redactor.of(['correct horse battery staple']);
  expect(passphrase?.text('[REDACTED] horse battery staple')).toBe(`[REDACTED] ${'*'.repeat(20)}`);
  expect(passphrase?.text('a horse, a battery')).toBe('a horse, a battery');
});

test('secrets that overlap are redacted whole', () => {
  const both = Redactor.of(['aaaabbbb', 'bbbbcccc']);
  expect(both?.text('-aaaabbbbcccc-')).toBe(`-${'*'.repeat(12)}-`);
  expect(Redactor.of(['abababab'])?.text('-ababababab-')).toBe(`-${'*'.repeat(10)}-`);
});

test('a file is redacted where it lies: nothing else changes, and doing it again changes nothing', async () => {
  const path = await fileOf(`{"key": "${ascii}", "n": 1}\n${secret}`);
  const { ino } = await stat(path);
  expect(await redacted(path)).toBe(true);
  const expected = `{"key": "${starred(ascii)}", "n": 1}\n${starred(secret)}`;
  expect(await readFile(path, 'utf8')).toBe(expected);
  expect((await stat(path)).ino).toBe(ino);
  expect(await redacted(path)).toBe(false);
  expect(await readFile(path, 'utf8')).toBe(expected);
});

test('a secret is found across the borders of what is read at a time, wherever it stands', async () => {
  const length = Buffer.byteLength(secret);
  for (let shift = -length; shift <= length; shift++) {
    const before = Buffer.alloc(64 * 1024 + shift, 'x').toString();
    const path = await fileOf(`${before}${secret}y`);
    const expected = `${before}${starred(secret)}y`;
    const { size } = await stat(path);
    expect(await readPart(path, 0, size)).toBe(expected);
    // From the middle of it, and to the middle of it.
    expect(await readPart(path, before.length + 3, size)).toBe(expected.slice(before.length + 3));
    expect(await readPart(path, 0, before.length + 3)).toBe(expected.slice(0, before.length + 3));
  }
  for (const shift of [-length, -5, 0, 5]) {
    const before = Buffer.alloc(1024 * 1024 + shift, 'x').toString();
    const path = await fileOf(`${before}${secret}y${secret}`);
    await redacted(path);
    expect(await readFile(path, 'utf8')).toBe(`${before}${starred(secret)}y${starred(secret)}`);
  }
});

test('the start of a secret at the end of a file is redacted: the rest may be about to come', async () => {
  const path = await fileOf(`log ${secret.slice(0, 9)}`);
  expect(await readPart(path, 0, 13)).toBe(`log ${'*'.repeat(9)}`);
  await appendFile(path, `${secret.slice(9)} end`);
  const { size } = await stat(path);
  expect(await readPart(path, 13, size)).toBe(`${starred(secret).slice(9)} end`);
  const ended = await fileOf(`log ${secret.slice(0, 9)}`);
  await redacted(ended);
  expect(await readFile(ended, 'utf8')).toBe(`log ${'*'.repeat(9)}`);
});

test('a link instead of a file is not followed', async () => {
  const path = await fileOf(secret);
  await symlink(path, `${path}.link`);
  await expect(openRunFile(...locationOf(`${path}.link`))).rejects.toThrow('is a link');
});

test('a large file is redacted in little memory', async () => {
  const path = await fileOf(secret);
  await truncate(path, 1024 * 1024 * 1024);
  await appendFile(path, secret);
  const before = await memoryOf(process.pid);
  await redacted(path);
  const after = await memoryOf(process.pid);
  expect(after.peak - before.peak).toBeLessThan(100);
  const handle = await open(path);
  onTestFinished(() => handle.close());
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 1024 * 1024 * 1024);
  expect(buffer.toString('utf8', 0, bytesRead)).toBe(starred(secret));
});
