import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type StartHelper, startProcess, startThread } from '../../../../src/runner/results/reader/helper.ts';
import {
  createThreads,
  ReadingError,
  ThreadError,
  type ThreadLimits,
  type Threads,
} from '../../../../src/runner/results/reader/threads.ts';
import { READY } from '../../../../src/runner/results/reader/wire.ts';
import { EvaldError } from '../../../../src/schemas/errors/errors.ts';
import { fixture, temporaryFolder } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

const module = new URL('../../../fixtures/readerThread.ts', import.meta.url);

let opened: Threads[] = [];
afterEach(() => {
  for (const threads of opened) threads.close();
  opened = [];
});

function threadsWith(limits: Partial<ThreadLimits> = {}, start?: StartHelper): Threads {
  const threads = createThreads(module, { most: 1, seconds: 600, megabytes: 64, ...limits }, start);
  opened.push(threads);
  return threads;
}

describe.each([
  ['a thread', startThread],
  ['a process', startProcess],
])('calls in %s', (_, start) => {
  test('a value from another thread or process comes back as it was, numbers that no double holds and odd names included', async () => {
    const { call } = threadsWith({}, start);
    expect(JSON.stringify(await call('exactly', ['9007199254740993']))).toBe(
      '{"number":9007199254740993,"list":[9007199254740993],"__proto__":1}',
    );
    expect(await call('echo', [{ a: [1, null, 'x'], b: Number.NaN }])).toEqual({ a: [1, null, 'x'], b: Number.NaN });
  });

  test('an error thrown in another thread or process is thrown here, as a refusal or with the code of the system', async () => {
    const { call } = threadsWith({}, start);
    await expect(call('refuse', [])).rejects.toThrow(new EvaldError('outputMissing', 'it is gone'));
    await expect(call('refuse', [])).rejects.toBeInstanceOf(EvaldError);
    await expect(call('fail', [])).rejects.toMatchObject({ message: 'no such file', code: 'ENOENT' });
  });

  test.each(['hang', 'wait'])('a call is given up after its time when it does not end (%s)', async (name) => {
    const { call } = threadsWith({ seconds: 0.5 }, start);
    const mark = join(await temporaryFolder(), 'mark');
    await expect(call(name, [mark])).rejects.toThrow(new ReadingError('could not be read in 0.5 s', true));
  });

  test('a call that takes all memory, or ends its thread or process, ends alone; the next call is answered', async () => {
    const { call } = threadsWith({}, start);
    const outOfMemory = /^could not be read(?: in 64 MiB of memory|: its process has ended)/;
    await expect(call('swell', [])).rejects.toThrow(outOfMemory);
    expect(await call('count', [])).toBe(1);
    await expect(call('exit', [])).rejects.toThrow(ReadingError);
    expect(await call('count', [])).toBe(1);
  });

  test('a call that is not wanted any more ends at once, in the middle of it or while it waits; the next one is answered', async () => {
    const { call } = threadsWith({}, start);
    const mark = join(await temporaryFolder(), 'mark');
    const [first, second] = [new AbortController(), new AbortController()];
    const running = call('hang', [mark], { signal: first.signal });
    const waiting = call('count', [], { signal: second.signal });
    const behind = call('echo', ['behind']);
    const left = [expect(running), expect(waiting)].map((one) => one.rejects.toThrow('it is not wanted any more'));
    await eventually(async () => existsSync(mark));
    second.abort();
    await left[1];
    first.abort();
    await left[0];
    expect(await behind).toBe('behind');
    await expect(call('echo', [1], { signal: first.signal })).rejects.toThrow(ReadingError);
  });

  test('the next call knows what its thread or process has read before', async () => {
    const { call } = threadsWith({}, start);
    expect([await call('count', []), await call('count', [])]).toEqual([1, 2]);
  });

  test('a call fails as that of a thread, not of the file, where no thread or process can be started', async () => {
    const threads = createThreads(
      new URL('file:///no/such/module.ts'),
      { most: 1, seconds: 600, megabytes: 64 },
      start,
    );
    opened.push(threads);
    await expect(threads.call('echo', [1])).rejects.toBeInstanceOf(ThreadError);
    await expect(threads.call('echo', [1])).rejects.toBeInstanceOf(ThreadError);
  });
});

test('a process that reads ends with the one that asked, however that ends', async () => {
  const mark = join(await temporaryFolder(), 'pid');
  const parent = spawn(process.execPath, [fixture('asksProcess.ts'), mark], { stdio: 'ignore' });
  const pid = Number(await eventually(() => readFile(mark, 'utf8').catch(() => '')));
  parent.kill('SIGKILL');
  await eventually(() => !existsSync(`/proc/${pid}`));
});

test('a call that hangs keeps none waiting as long as there are threads', async () => {
  const { call } = threadsWith({ most: 2 });
  const hanging = call('wait', []);
  expect(await call('echo', ['a'])).toBe('a');
  expect(await call('echo', ['b'])).toBe('b');
  opened.splice(0)[0]?.close();
  await expect(hanging).rejects.toThrow('could not be read: the server is ending');
  await expect(call('echo', [1])).rejects.toThrow(ReadingError);
});

test('calls about one thing keep one thread, and none of those about others waiting', async () => {
  const { call } = threadsWith({ most: 2 });
  const [a, b] = [{ of: 'a' }, { of: 'b' }];
  const hanging = [call('wait', [], a), call('wait', [], a), call('wait', [], a)];
  expect(await call('echo', [1], b)).toBe(1);
  expect(await Promise.all([call('echo', [2], b), call('echo', [3])])).toEqual([2, 3]);
  opened.splice(0)[0]?.close();
  for (const { status } of await Promise.allSettled(hanging)) expect(status).toBe('rejected');
});

test('calls beyond the threads wait for one, and that is not their time', async () => {
  const { call } = threadsWith({ seconds: 2 });
  const answers = await Promise.allSettled([call('wait', []), call('wait', []), call('echo', ['last'])]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

test('a folder in which a thread hangs after its end is refused at once until that has come to its end, and others are read', async () => {
  const ends: (() => void)[] = [];
  const hanging: StartHelper = (_module, _limits, { onMessage, onEnd }) => {
    onMessage(READY);
    return {
      post: ({ args }) => {
        if (args[0] !== 'hangs') onMessage({ returned: args[0] });
      },
      end: () => ends.push(() => onEnd({ kind: 'gone' })),
    };
  };
  const { call } = threadsWith({ most: 2, seconds: 0.2 }, hanging);
  const [bad, good] = [{ of: '/bad' }, { of: '/good' }];
  await expect(call('echo', ['hangs'], bad)).rejects.toThrow('could not be read in 0.2 s');
  await expect(call('echo', [1], bad)).rejects.toThrow('the filesystem of /bad has not answered for long');
  expect(await call('echo', [2], good)).toBe(2);
  for (const end of ends.splice(0)) end();
  await eventually(() => call('echo', [3], bad).catch(() => null));
});
