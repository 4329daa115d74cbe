import { expect, test, vi } from 'vitest';
import { createFileGate, SilentFilesystem } from '../../src/files/fileThreads.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** Operations that end when they are told to. */
function operations() {
  const open: PromiseWithResolvers<string>[] = [];
  const work = () => {
    const operation = Promise.withResolvers<string>();
    open.push(operation);
    return operation.promise;
  };
  return { open, work };
}

const at = (path: string, folder = path) => ({ path, folder });

test('no more than a limited number of calls are under way, and each is done', async () => {
  const gate = createFileGate(2, 2, 1_000_000);
  const { open, work } = operations();
  const results = ['a', 'b', 'c'].map((path) => gate(at(path), work));
  expect(open).toHaveLength(2);
  open[0]?.resolve('first');
  expect(await results[0]).toBe('first');
  await eventually(() => open.length === 3);
  open[2]?.resolve('third');
  open[1]?.reject(new Error('no'));
  expect(await results[2]).toBe('third');
  await expect(results[1]).rejects.toThrow('no');
});

test('a call that hangs is given up with its name and keeps its thread; when all hang, others are refused at once', async () => {
  vi.useFakeTimers();
  try {
    const gate = createFileGate(2, 2, 1_000);
    const { open, work } = operations();
    const late: string[] = [];
    const hung = [
      gate(at('/hung/a'), work, (value) => late.push(value)),
      gate(at('/hung/b'), work),
      gate(at('/other'), work),
    ];
    const ended = Promise.allSettled(hung);
    await vi.advanceTimersByTimeAsync(1_000);
    for (const [index, path] of ['/hung/a', '/hung/b', '/other'].entries()) {
      expect((await ended)[index]).toMatchObject({ status: 'rejected', reason: expect.any(SilentFilesystem) });
      expect(String(Object((await ended)[index]).reason)).toContain(`${path} cannot be read`);
    }
    // The third never began: it would have taken another thread.
    expect(open).toHaveLength(2);
    await expect(gate(at('/next'), work)).rejects.toThrow('/next cannot be read');
    expect(open).toHaveLength(2);
    // One answers at last: what it brings is given back, and its place is free.
    open[0]?.resolve('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(late).toEqual(['late']);
    const next = gate(at('/next'), work);
    open[2]?.resolve('done');
    expect(await next).toBe('done');
  } finally {
    vi.useRealTimers();
  }
});

test('a folder whose filesystem hangs keeps a limited number of threads, and the others are for the rest', async () => {
  vi.useFakeTimers();
  try {
    const gate = createFileGate(4, 2, 1_000);
    const { open, work } = operations();
    const hung = [1, 2, 3, 4].map((n) => gate(at(`/hung/${n}`, '/hung'), work));
    const ended = Promise.allSettled(hung);
    expect(open).toHaveLength(2);
    // It waits behind none of them.
    const other = gate(at('/other'), work);
    open[2]?.resolve('other');
    expect(await other).toBe('other');
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await ended).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    await expect(gate(at('/hung/5', '/hung'), work)).rejects.toThrow('/hung/5 cannot be read');
    const again = gate(at('/other'), work);
    open[3]?.resolve('again');
    expect(await again).toBe('again');
    // It answers again.
    open[0]?.resolve('late');
    open[1]?.resolve('late');
    await vi.advanceTimersByTimeAsync(0);
    const after = gate(at('/hung/6', '/hung'), work);
    open[4]?.resolve('well');
    expect(await after).toBe('well');
  } finally {
    vi.useRealTimers();
  }
});
