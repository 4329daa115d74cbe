import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { submitted } from './lives.ts';
import { temporaryJournal } from './temporaryJournal.ts';

/** A journal, and the thread that writes it. */
async function withThread() {
  const fatal: string[] = [];
  const { promise: thread, resolve } = Promise.withResolvers<Worker>();
  process.once('worker', resolve);
  const parts = await temporaryJournal({ onFatal: (message) => fatal.push(message) });
  return { ...parts, thread: await thread, fatal };
}

describe('the end of the thread of the journal', () => {
  test('after the thread that writes the journal ended, each open and later order is refused with the reason, logged once', async () => {
    const { journal, thread, fatal } = await withThread();
    await journal.append([submitted('a')]);
    const ended = thread.terminate();
    // Not awaited: whether it is still carried out or not, it is answered.
    const open = journal.append([submitted('b')]).then(
      () => 'recorded',
      (error: Error) => error.message,
    );
    await ended;
    expect(await open).toMatch(/^recorded$|the thread that writes the journal has ended/);
    await expect(journal.append([submitted('c')])).rejects.toThrow('the thread that writes the journal has ended');
    await expect(journal.probe()).rejects.toThrow('the thread that writes the journal has ended');
    await expect(journal.saveSetting('paused', true)).rejects.toThrow('has ended');
    expect(fatal).toEqual([expect.stringContaining('the thread that writes the journal has ended: exit code')]);
    expect(journal.find('a')).toMatchObject({ status: 'queued' });
  });

  test('an uncaught error that ended the thread of the journal is the reason of refusals', async () => {
    const { journal, thread, fatal } = await withThread();
    thread.emit('error', new Error('out of memory'));
    await expect(journal.probe()).rejects.toThrow('has ended: out of memory');
    expect(fatal).toHaveLength(1);
  });

  test('a journal whose thread ended can be closed, and opened again', async () => {
    const { journal, dataDir, thread, close } = await withThread();
    await journal.append([submitted('a')]);
    await thread.terminate();
    await close();
    const again = await openSqliteJournal(dataDir);
    expect(again.find('a')).toMatchObject({ status: 'queued' });
    await again.close();
  });
});

test('closing a journal writes all that was ordered, refuses what comes later, and logs nothing', async () => {
  const { journal, dataDir, fatal, close } = await withThread();
  const orders = ['a', 'b', 'c'].map((jobId) => journal.append([submitted(jobId)]));
  await close();
  await Promise.all(orders);
  await expect(journal.append([submitted('d')])).rejects.toThrow('the journal is closed');
  expect(fatal).toEqual([]);
  const again = await openSqliteJournal(dataDir);
  expect(again.restore(0).map(({ jobId }) => jobId)).toEqual(['a', 'b', 'c']);
  await again.close();
});
