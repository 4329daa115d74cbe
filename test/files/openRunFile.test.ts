import { execFileSync } from 'node:child_process';
import { appendFile, link, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { GrowingFile } from '../../src/files/growingFile.ts';
import { listFolder } from '../../src/files/listFolder.ts';
import { openDescriptor, openRunFile, type RunFolder, readRunFile } from '../../src/files/openRunFile.ts';
import { parseJson, parseNote } from '../../src/files/parseJson.ts';
import { readFileIfExists } from '../../src/files/readFileIfExists.ts';
import { appendText, appendTo, emptyFile, replaceFile } from '../../src/files/writeRunFile.ts';
import { preparedRunSchema } from '../../src/schemas/job/run.ts';
import { devices, skipWithout } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

let base: string;
let folder: RunFolder;
beforeEach(async () => {
  base = await temporaryFolder();
  folder = { path: join(base, 'run'), isOwn: true };
  await mkdir(join(base, 'run', 'inner'), { recursive: true });
  await mkdir(join(base, 'outside'));
  await writeFile(join(base, 'outside', 'secret'), 'secret', { mode: 0o600 });
  await writeFile(join(base, 'run', 'inner', 'file'), 'file');
});

const within = (...names: string[]) => join(base, 'run', ...names);
const text = (name: string, most = 1_000) => readRunFile(folder, name, most);

test('a file below the folder is read', async () => {
  expect(await text('inner/file')).toBe('file');
  expect(await text('inner/nothing')).toBeNull();
  expect(await text('inner/file/nothing')).toBeNull();
  expect(await text(`inner/${'x'.repeat(300)}`)).toBeNull();
});

test.each(['../outside/secret', '/etc/passwd', 'inner/../../outside/secret', './inner/file', 'inner//file', ''])(
  'the path %j leads to nothing',
  async (name) => {
    expect(await openRunFile(folder, name)).toBeNull();
  },
);

test('a path with NUL leads to nothing', async () => {
  expect(await openRunFile(folder, 'inner/file\0')).toBeNull();
});

/** Puts something in the place `x`, and says why it is refused there. */
const hostile: Record<string, [put: () => Promise<unknown>, name: string, reason: string]> = {
  'a link out': [() => symlink('../outside/secret', within('x')), 'x', 'x is a link'],
  'a link in': [() => symlink('inner/file', within('x')), 'x', 'x is a link'],
  'a link to nothing': [() => symlink('nothing', within('x')), 'x', 'x is a link'],
  'links in a circle': [() => symlink('x', within('x')), 'x/y', 'lies behind links without end'],
  'a folder that is a link out': [() => symlink('../outside', within('x')), 'x/secret', 'lies behind a link'],
  'a folder that is a link in': [() => symlink('inner', within('x')), 'x/file', 'lies behind a link'],
  'another name of a file': [
    () => link(join(base, 'outside', 'secret'), within('x')),
    'x',
    'has other names (hard links)',
  ],
  'a pipe': [async () => execFileSync('mkfifo', [within('x')]), 'x', 'is no regular file'],
  'a folder': [() => mkdir(within('x')), 'x', 'is no regular file'],
  'a socket': [() => listening(within('x')), 'x', 'is no regular file'],
  'too large': [
    () => writeFile(within('x'), '').then(() => truncate(within('x'), 2 ** 40)),
    'x',
    'is larger than 3 MB',
  ],
  'the folder itself is a link': [
    () => rename(within(), join(base, 'moved')).then(() => symlink('moved', within())),
    'inner/file',
    'lies behind a link',
  ],
};

async function listening(path: string): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

test.each(Object.entries(hostile))(
  'what is put where a file is read is refused: %s',
  async (_, [put, name, reason]) => {
    await put();
    await expect(openRunFile(folder, name, 3 * 1024 * 1024)).rejects.toThrow(reason);
  },
);

test('a device is refused, and never opened', async (context) => {
  skipWithout(devices, context);
  // The first has no driver: to open it would be ENXIO.
  for (const [name, major] of [
    ['x', '240'],
    ['zero', '1'],
  ] as const) {
    execFileSync('mknod', [within(name), 'c', major, '5']);
    await expect(openRunFile(folder, name)).rejects.toThrow(`${name} is no regular file`);
  }
});

test('a folder that the client named may be reached by a link, and that of evald may not', async () => {
  await symlink('run', join(base, 'link'));
  const named = { path: join(base, 'link'), isOwn: false };
  expect(await readRunFile(named, 'inner/file', 10)).toBe('file');
  await expect(readRunFile({ ...named, isOwn: true }, 'inner/file', 10)).rejects.toThrow('lies behind a link');
  // Links to where evald keeps its folders are the operator's.
  await symlink('.', join(base, 'data'));
  expect(await readRunFile({ path: join(base, 'data', 'run'), isOwn: true }, 'inner/file', 10)).toBe('file');
});

test('a list of a folder that is a link is empty', async () => {
  await hostile['the folder itself is a link']?.[0]();
  expect(await listFolder(within(), 10)).toEqual({ files: [], isCut: false });
});

test('an opened file stays what it was, whatever gets its name', async () => {
  const file = await openRunFile(folder, 'inner/file');
  onTestFinished(() => file?.handle.close());
  await rm(within('inner', 'file'));
  await symlink('../../outside/secret', within('inner', 'file'));
  const { buffer, bytesRead } = (await file?.handle.read(Buffer.alloc(10), 0, 10, 0)) ?? expect.unreachable();
  expect(buffer.toString('utf8', 0, bytesRead)).toBe('file');
});

test('a limit holds to the byte, and no more is read of a file than it had', async () => {
  await writeFile(within('x'), 'x'.repeat(10));
  expect(await text('x', 10)).toBe('x'.repeat(10));
  await expect(text('x', 9)).rejects.toThrow('is larger than');
  // The kernel shows files of which it does not know the size.
  await expect(readRunFile({ path: '/proc/self', isOwn: false }, 'status', 10)).rejects.toThrow(
    'grew while it was read',
  );
});

test('a note of a launch is read, and nothing that replaces one of its folders', async () => {
  await mkdir(within('job', '1'), { recursive: true });
  await writeFile(within('job', '1', 'exit'), '0 1.5\n');
  expect(await readFileIfExists(within('job', '1', 'exit'))).toBe('0 1.5\n');
  expect(await readFileIfExists(within('job', '2', 'exit'))).toBeNull();
  await symlink('job', within('link'));
  await symlink('1', within('job', '3'));
  await expect(readFileIfExists(within('link', '1', 'exit'))).rejects.toThrow('lies behind a link');
  await expect(readFileIfExists(within('job', '3', 'exit'))).rejects.toThrow('lies behind a link');
  await rm(within('job', '1', 'exit'));
  await symlink(join(base, 'outside', 'secret'), within('job', '1', 'exit'));
  await expect(readFileIfExists(within('job', '1', 'exit'))).rejects.toThrow('is a link');
});

test('a file that a process has open is read under any name, and a pipe is not', async () => {
  await appendFile(within('log'), 'log');
  const file = await openRunFile(folder, 'log');
  onTestFinished(() => file?.handle.close());
  await rename(within('log'), within('log.1'));
  await link(within('log.1'), within('log.2'));
  const again = await openDescriptor(`/proc/self/fd/${file?.handle.fd}`);
  expect(again?.size).toBe(3);
  await again?.handle.close();
  execFileSync('mkfifo', [within('x')]);
  await expect(openDescriptor(within('x'))).rejects.toThrow('is no regular file');
  expect(await openDescriptor('/proc/self/fd/99999')).toBeNull();
});

test('a log that is followed is not one that replaced it, and the reason is given', async () => {
  for (const [name, put] of Object.entries({
    link: () => symlink(join(base, 'outside', 'secret'), within('log')),
    pipe: async () => execFileSync('mkfifo', [within('log')]),
    other: () => link(join(base, 'outside', 'secret'), within('log')),
  })) {
    await put();
    const log = new GrowingFile(within('log'), async () => null, true);
    expect(await log.observe(), name).toEqual({ grew: false, isVisible: false });
    expect(log.refusal?.message, name).toContain(within('log'));
    await rm(within('log'));
    // One that comes later is followed.
    await writeFile(within('log'), 'log');
    expect(await log.observe(), name).toEqual({ grew: true, isVisible: true });
    expect(log.refusal, name).toBeNull();
    await log.close();
    await rm(within('log'));
  }
});

test('nothing is written to what a run has put where a file was', async () => {
  const secret = join(base, 'outside', 'secret');
  for (const put of [() => symlink(secret, within('x')), () => link(secret, within('x'))]) {
    await put();
    await expect(appendTo(within('x'))).rejects.toThrow(/is a link|has other names/);
    await expect(emptyFile(within('x'))).rejects.toThrow(/is a link|has other names/);
    await replaceFile(within('x'), 'new');
    expect(await readFile(within('x'), 'utf8')).toBe('new');
    await rm(within('x'));
  }
  execFileSync('mkfifo', [within('x')]);
  await expect(appendTo(within('x'))).rejects.toThrow('is no regular file');
  expect(await readFile(secret, 'utf8')).toBe('secret');
});

test('a file is appended to, made when it is not there, and emptied', async () => {
  await appendText(within('x'), 'one ');
  await appendText(within('x'), 'two');
  expect(await readFile(within('x'), 'utf8')).toBe('one two');
  await emptyFile(within('x'));
  expect(await readFile(within('x'), 'utf8')).toBe('');
  await emptyFile(within('nothing'));
});

test.each(['root:x:0:0:root', '{"a": root:x}', '["root:x:0:0', '{"root:x": 1} root:x', '{"a": "root:x', '{root:x'])(
  'a message about %s quotes nothing of it',
  (broken) => {
    const said = [() => parseJson(broken), () => parseNote(broken, preparedRunSchema)].map((read) => {
      try {
        return String(read());
      } catch (error) {
        return String(error);
      }
    });
    for (const words of said) {
      expect(words).toMatch(/^SyntaxError: it is no JSON/);
      expect(words).not.toMatch(/root|:x/);
    }
  },
);

test('a message about JSON that is no note quotes nothing of it either', () => {
  const note = JSON.stringify({ output: { 'root:x': 'root:x' }, 'root:x': 1, before: 'root:x' });
  expect(() => parseNote(note, preparedRunSchema)).toThrow(/^it is not what evald has written there$/);
});
