import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  createThreads,
  ReadingError,
  ThreadError,
  type ThreadLimits,
  type Threads,
} from '../../../src/runner/reader/threads.ts';
import { EvaldError } from '../../../src/schemas/errors.ts';
import { temporaryFolder } from '../../support/localRun.ts';

const module = new URL('../../fixtures/readerThread.ts', import.meta.url);

let opened: Threads[] = [];
afterEach(() => {
  for (const threads of opened) threads.close();
  opened = [];
});

function threadsWith(limits: Partial<ThreadLimits> = {}): Threads {
  const threads = createThreads(module, { most: 1, seconds: 600, megabytes: 64, ...limits });
  opened.push(threads);
  return threads;
}

test('what is read in a thread comes back as it was, numbers that no double holds and odd names included', async () => {
  const { call } = threadsWith();
  expect(JSON.stringify(await call('exactly', ['9007199254740993']))).toBe(
    '{"number":9007199254740993,"list":[9007199254740993],"__proto__":1}',
  );
  expect(await call('echo', [{ a: [1, null, 'x'], b: Number.NaN }])).toEqual({ a: [1, null, 'x'], b: Number.NaN });
});

test('what is thrown in a thread is thrown here, as a refusal or with the code of the system', async () => {
  const { call } = threadsWith();
  await expect(call('refuse', [])).rejects.toThrow(new EvaldError('outputMissing', 'it is gone'));
  await expect(call('refuse', [])).rejects.toBeInstanceOf(EvaldError);
  await expect(call('fail', [])).rejects.toMatchObject({ message: 'no such file', code: 'ENOENT' });
});

test('a thread stays for the next call and knows what it has read', async () => {
  const { call } = threadsWith();
  expect([await call('count', []), await call('count', [])]).toEqual([1, 2]);
});

test.each(['hang', 'wait'])(
  'a call that does not end (%s) is given up after its time, and the next is answered',
  async (name) => {
    const { call } = threadsWith({ seconds: 0.5 });
    const mark = join(await temporaryFolder(), 'mark');
    await expect(call(name, [mark])).rejects.toThrow(new ReadingError('could not be read in 0.5 s'));
    expect(await threadsWith().call('echo', [1])).toBe(1);
  },
);

test('a call that takes all memory ends itself alone: its thread is lost, the process goes on', async () => {
  const { call } = threadsWith();
  await expect(call('swell', [])).rejects.toThrow(new ReadingError('could not be read in 64 MiB of memory'));
  expect(await call('echo', [1])).toBe(1);
});

test('a call whose thread ends is rejected, and the next has another thread', async () => {
  const { call } = threadsWith();
  await expect(call('exit', [])).rejects.toThrow(ReadingError);
  expect(await call('count', [])).toBe(1);
});

test('where no thread can be started nothing is called, and it is not said of what was to be read', async () => {
  const threads = createThreads(new URL('file:///no/such/module.ts'), { most: 1, seconds: 600, megabytes: 64 });
  opened.push(threads);
  await expect(threads.call('echo', [1])).rejects.toBeInstanceOf(ThreadError);
  await expect(threads.call('echo', [1])).rejects.toBeInstanceOf(ThreadError);
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
  const hanging = [call('wait', [], 'a'), call('wait', [], 'a'), call('wait', [], 'a')];
  expect(await call('echo', [1], 'b')).toBe(1);
  expect(await Promise.all([call('echo', [2], 'b'), call('echo', [3])])).toEqual([2, 3]);
  opened.splice(0)[0]?.close();
  for (const { status } of await Promise.allSettled(hanging)) expect(status).toBe('rejected');
});

test('calls beyond the threads wait for one, and that is not their time', async () => {
  const { call } = threadsWith({ seconds: 2 });
  const answers = await Promise.allSettled([call('wait', []), call('wait', []), call('echo', ['last'])]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
