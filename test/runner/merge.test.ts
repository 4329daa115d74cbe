import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileAccess, sharedWith } from '../../src/files/fileAccess.ts';
import { createMerge } from '../../src/runner/merge.ts';
import { skipWithout, systemPython } from '../support/needs.ts';

beforeEach((context) => skipWithout(systemPython, context));

const root = mkdtempSync(join(tmpdir(), 'evald-merge-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const request = { checkpoint_path: '/c', output_path: null, checkpoint_type: 'regular' } as const;
let packages = 0;

/** A merge with an lmms_engine whose `merge` has this body; without one, no lmms_engine is there. */
function mergeWith(body: string | null, options: { python?: string; signal?: AbortSignal; access?: FileAccess } = {}) {
  packages += 1;
  const folder = join(root, `python-${packages}`);
  const library = join(folder, 'lmms_engine');
  mkdirSync(body === null ? folder : library, { recursive: true });
  if (body !== null) {
    writeFileSync(join(library, '__init__.py'), '');
    writeFileSync(
      join(library, 'merger.py'),
      [
        'import os, subprocess, sys, time',
        'class FSDP2Merger:',
        '    def __init__(self, checkpoint_type):',
        '        self.type = checkpoint_type',
        '    def merge(self, path, output_path=None):',
        ...body.split('\n').map((line) => `        ${line}`),
      ].join('\n'),
    );
  }
  const env = { PATH: process.env['PATH'] ?? '', PYTHONPATH: folder };
  return createMerge({ python: 'python3', env, ...options });
}

test('the merger gets paths and the type, and its path is answered', async () => {
  const merge = mergeWith('return type(path).__name__, str(path), str(output_path), self.type');
  expect(await merge({ checkpoint_path: "/c'\n$(x) ü", output_path: '/o', checkpoint_type: 'ema' })).toMatch(
    /^\('(Posix)?Path', "\/c'\\n\$\(x\) ü", '\/o', 'ema'\)$/,
  );
  expect(await mergeWith('return output_path is None')(request)).toBe('True');
});

test('a merge writes for its owner only, or for the group of the folder that it writes to', async () => {
  const body = 'mask = os.umask(0)\nreturn oct(mask)';
  expect(await mergeWith(body)(request)).toBe('0o77');
  const target = join(root, 'of-a-group');
  mkdirSync(target);
  const group = statSync(target).gid;
  const shared = mergeWith(body, { access: sharedWith(group) });
  const asked = { ...request, output_path: join(target, 'merged') };
  expect(await shared(asked)).toBe('0o77');
  chmodSync(target, 0o2750);
  expect(await shared(asked)).toBe('0o27');
});

test('output of the library does not disturb the answer', async () => {
  const merge = mergeWith(
    `print('{"kind": "failed", "text": "x"}')\nsys.stderr.write('e' * 3_000_000)\nreturn '/merged'`,
  );
  expect(await merge(request)).toBe('/merged');
});

describe('the kinds of a failed merge', () => {
  test.each([
    ['a missing file', `raise FileNotFoundError('no shard 3')`, 'mergeFileMissing', 'no shard 3'],
    ['a bad value', `raise ValueError('not a checkpoint')`, 'mergeInvalid', 'not a checkpoint'],
    [
      'a missing library',
      'import no_such_thing',
      'mergeFailed',
      "lmms_engine not available: No module named 'no_such_thing'",
    ],
    ['anything else', `raise RuntimeError('out of memory')`, 'mergeFailed', 'Merge failed: out of memory'],
    [
      'an error without a message',
      'raise KeyboardInterrupt',
      'mergeFailed',
      /^Merge failed: the merging process .*KeyboardInterrupt$/s,
    ],
    [
      'an exit',
      'sys.exit(3)',
      'mergeFailed',
      'Merge failed: the merging process ended with exit code 3 without a report.',
    ],
    [
      'a crash',
      'os.kill(os.getpid(), 9)',
      'mergeFailed',
      'Merge failed: the merging process was ended by SIGKILL without a report.',
    ],
    ['a long text', `raise ValueError('é' * 100_000)`, 'mergeInvalid', /^é{4096}$/],
  ])('a merge that fails is answered with its kind: %s', async (_name, body, code, message) => {
    await expect(mergeWith(body)(request)).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  test('a merge without lmms_engine fails, and the message names what is missing', async () => {
    await expect(mergeWith(null)(request)).rejects.toMatchObject({
      code: 'mergeFailed',
      message:
        'lmms_engine not available: lmms_engine package not found. Please install lmms-engine to use checkpoint merging.',
    });
  });

  test('a merge without a Python fails, and the message names what is missing', async () => {
    await expect(mergeWith(null, { python: '/no/such/python' })(request)).rejects.toMatchObject({
      code: 'mergeFailed',
      message: 'Merge failed: Python not found: /no/such/python',
    });
  });
});

test('a process that the library left behind does not keep the answer back', async () => {
  const folder = join(root, 'left-behind');
  mkdirSync(folder);
  const left = `subprocess.Popen(['sh', '-c', 'sleep 30; rmdir ${folder}'], pass_fds=[3])`;
  expect(await mergeWith(`${left}\nos.close(1)\nreturn '/merged'`)(request)).toBe('/merged');
  expect(existsSync(folder)).toBe(true);
});

test('a merge under way ends with the server', async () => {
  const stop = new AbortController();
  const merging = mergeWith('time.sleep(60)', { signal: stop.signal })(request);
  setTimeout(() => stop.abort(), 200);
  await expect(merging).rejects.toMatchObject({ message: 'Merge failed: the server is shutting down' });
});
