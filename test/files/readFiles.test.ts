import { mkdir, open, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eachLine } from '../../src/files/eachLine.ts';
import { createFileCache } from '../../src/files/fileCache.ts';
import { listFolder } from '../../src/files/listFolder.ts';
import { removeTree } from '../../src/files/removeTree.ts';
import { tailStart } from '../../src/http/routes/log.ts';
import { readByteRange } from '../../src/http/streaming/sendFile.ts';
import { readChunks } from '../../src/security/redaction/readChunks.ts';
import { showsSecret } from '../../src/security/redaction/redactFile.ts';
import { Redactor } from '../../src/security/redaction/redactor.ts';
import { makeDeep, oddName } from '../support/hostile/tree.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

const GIB = 1024 ** 3;

async function written(content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  return path;
}

async function opened(path: string) {
  const handle = await open(path);
  onTestFinished(() => handle.close());
  return { handle, size: (await handle.stat()).size };
}

async function tailOf(path: string, lines: number): Promise<string> {
  const { handle, size } = await opened(path);
  const start = await tailStart(handle, size, lines);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1000), 0, 1000, start);
  return buffer.toString('utf8', 0, bytesRead);
}

test.each([
  ['one\ntwo\nthree\n', 2, 'two\nthree\n'],
  ['one\ntwo\nthree', 2, 'two\nthree'],
  ['one\ntwo\n\n', 1, '\n'],
  ['\none\n', 5, '\none\n'],
  ['\n', 1, '\n'],
  ['', 3, ''],
  ['no end', 1, 'no end'],
])('of the text %j the last %i lines are %j', async (content, lines, tail) => {
  expect(await tailOf(await written(content), lines)).toBe(tail);
});

test('the tail of a file of 5 GB takes no longer for its size, and has no more than 64 MiB of one line', async () => {
  const path = await written('');
  await truncate(path, 5 * GIB);
  expect((await stat(path)).blocks, 'the filesystem keeps holes').toBeLessThan(1000);
  const { handle, size } = await opened(path);
  expect(await tailStart(handle, size, 1)).toBe(5 * GIB - 64 * 1024 * 1024);
  await writeFile(path, '\nlast but one\nlast\n', { flag: 'a' });
  expect(await tailOf(path, 2)).toBe('last but one\nlast\n');
});

test('lines are found with their offsets, whatever their length; too long ones come without content', async () => {
  const long = 'x'.repeat(700_000);
  const path = await written(`one\n\n${long}\né\nend`);
  const { handle } = await opened(path);
  const lines: [number, number, string | null][] = [];
  await eachLine(handle, 600_000, ({ start, length, bytes }) => lines.push([start, length, bytes?.toString() ?? null]));
  expect(lines).toEqual([
    [0, 3, 'one'],
    [4, 0, ''],
    [5, 700_000, null],
    [700_006, 2, 'é'],
    [700_009, 3, 'end'],
  ]);
  const whole: (number | undefined)[] = [];
  await eachLine(handle, 700_000, ({ bytes }) => whole.push(bytes?.length));
  expect(whole).toEqual([3, 0, 700_000, 2, 3]);
});

test('a file that becomes shorter while it is read is an error, not a short answer', async () => {
  const path = await written('x'.repeat(200_000));
  const { handle, size } = await opened(path);
  const chunks = readChunks(handle, 0, size, new AbortController().signal);
  await chunks.next();
  await truncate(path, 65_536);
  await expect(chunks.next()).rejects.toThrow('the file ended at byte 65536');
});

test('a folder is listed at any depth, without links, and so many files at most', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'a', 'b'), { recursive: true });
  await symlink('/etc', join(root, 'link'));
  for (const name of ['z', 'a/y', 'a/b/x']) await writeFile(join(root, name), name);
  const { files, isCut } = await listFolder(root, 10);
  expect(files.map(({ path, size }) => [path, size])).toEqual([
    ['a/b/x', 5],
    ['a/y', 3],
    ['z', 1],
  ]);
  expect(isCut).toBe(false);
  expect(await listFolder(root, 2)).toMatchObject({ files: { length: 2 }, isCut: true });
  await rm(root, { recursive: true });
  expect(await listFolder(root, 2)).toEqual({ files: [], isCut: false });
});

test('a list of a folder says that there is more where a name is no text or a path is too long', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'plain'), '');
  expect(await listFolder(root, 10)).toMatchObject({ files: [{ path: 'plain' }], isCut: false });
  await writeFile(oddName(root), '');
  expect(await listFolder(root, 10)).toMatchObject({ files: [{ path: 'plain' }], isCut: true });
  await rm(oddName(root));
  onTestFinished(() => removeTree(join(root, 'd'.repeat(200))));
  makeDeep(root, 25, 200, 'text');
  expect(await listFolder(root, 10)).toMatchObject({ files: [{ path: 'plain' }], isCut: true });
});

test('a value made of a file is made once for all callers, and kept for the files that were used last', async () => {
  const cached = createFileCache<string>(2);
  const made: string[] = [];
  const ask = (key: string) =>
    cached(key, async () => {
      made.push(key);
      if (key === 'bad') throw new Error('bad');
      return { value: key.toUpperCase(), weight: 1 };
    });
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['A', 'A', 'B']);
  await ask('a');
  await ask('c');
  expect(made).toEqual(['a', 'b', 'c']);
  await ask('a');
  await ask('b');
  expect(made).toEqual(['a', 'b', 'c', 'b']);
  await expect(ask('bad')).rejects.toThrow('bad');
  await expect(ask('bad')).rejects.toThrow('bad');
  expect(made).toEqual(['a', 'b', 'c', 'b', 'bad', 'bad']);
});

test.each<[string | undefined, ReturnType<typeof readByteRange>]>([
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=2-', { start: 2, end: 10 }],
  ['Bytes=2-99', { start: 2, end: 10 }],
  ['bytes=-3', { start: 7, end: 10 }],
  ['bytes=-99', { start: 0, end: 10 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=99999999999999999999-', 'unsatisfiable'],
  ['bytes=5-4', null],
  ['bytes=0-1,3-4', null],
  ['bytes=-', null],
  ['lines=0-1', null],
  ['bytes=a-b', null],
  [undefined, null],
])('of 10 bytes the range %s is %j', (header, range) => {
  expect(readByteRange(header, 10)).toEqual(range);
});

test('a credential is found wherever it stands, also where each read brings less than there is', async () => {
  const secret = 'hf_0123456789abcdef';
  const lines = Array.from({ length: 3_000 }, (_, index) => `${'x'.repeat(index % 700)}${secret}\n`).join('');
  const { handle, size } = await opened(await written(lines));
  const slow = {
    read: (buffer: Buffer, offset: number, length: number, at: number) =>
      handle.read(buffer, offset, Math.min(length, 1_000), at),
  } as typeof handle;
  const redactor = Redactor.of([secret]);
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(slow, 0, size, new AbortController().signal, redactor)) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe(lines.replaceAll(secret, '*'.repeat(secret.length)));
  const late = await opened(await written('x'.repeat(900_000) + secret + 'x'.repeat(900_000)));
  const read = (buffer: Buffer, offset: number, length: number, at: number) =>
    late.handle.read(buffer, offset, Math.min(length, 500_000), at);
  expect(
    redactor && (await showsSecret({ handle: { ...late.handle, read } as typeof handle, size: late.size }, redactor)),
  ).toBe(true);
});

test('a file of which a very long credential is redacted is read but a few times over', async () => {
  const { handle, size } = await opened(await written(Buffer.alloc(4 * 1024 * 1024, 'a line of a log\n')));
  let bytes = 0;
  const counting = {
    read: async (buffer: Buffer, offset: number, length: number, at: number) => {
      const answer = await handle.read(buffer, offset, length, at);
      bytes += answer.bytesRead;
      return answer;
    },
  };
  const redactor = Redactor.of(['0123456789abcdef'.repeat(512)]);
  let read = 0;
  const chunks = readChunks(counting as typeof handle, 0, size, new AbortController().signal, redactor);
  for await (const chunk of chunks) read += chunk.length;
  expect(read).toBe(size);
  expect(bytes).toBeLessThan(4 * size);
});
