import { expect, test, vi } from 'vitest';
import { createFileGate, SilentFilesystem } from '../../src/files/fileThreads.ts';

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

test('no more than so many are under way, and each gets its turn', async () => {
  const gate = createFileGate(2, 1_000_000);
  const { open, work } = operations();
  const results = ['a', 'b', 'c'].map((path) => gate(path, work));
  expect(open).toHaveLength(2);
  open[0]?.resolve('first');
  expect(await results[0]).toBe('first');
  await vi.waitUntil(() => open.length === 3);
  open[2]?.resolve('third');
  open[1]?.reject(new Error('no'));
  expect(await results[2]).toBe('third');
  await expect(results[1]).rejects.toThrow('no');
});

test('what hangs is given up with its name and keeps its place; when all hang others are refused at once', async () => {
  vi.useFakeTimers();
  try {
    const gate = createFileGate(2, 1_000);
    const { open, work } = operations();
    const late: string[] = [];
    const hung = [gate('/hung/a', work, (value) => late.push(value)), gate('/hung/b', work), gate('/other', work)];
    const ended = Promise.allSettled(hung);
    await vi.advanceTimersByTimeAsync(1_000);
    for (const [index, path] of ['/hung/a', '/hung/b', '/other'].entries()) {
      expect((await ended)[index]).toMatchObject({ status: 'rejected', reason: expect.any(SilentFilesystem) });
      expect(String(Object((await ended)[index]).reason)).toContain(`${path} cannot be read`);
    }
    // The third never began: it would have taken another thread.
    expect(open).toHaveLength(2);
    await expect(gate('/next', work)).rejects.toThrow('/next cannot be read');
    expect(open).toHaveLength(2);
    // One answers at last: what it brings is given back, and its place is free.
    open[0]?.resolve('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(late).toEqual(['late']);
    const next = gate('/next', work);
    open[2]?.resolve('done');
    expect(await next).toBe('done');
  } finally {
    vi.useRealTimers();
  }
});
