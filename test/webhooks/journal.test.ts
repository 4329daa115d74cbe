import { expect, test } from 'vitest';
import { startReceiver, status } from '../support/requests/receiver.ts';
import { sending } from '../support/requests/sending.ts';

test('of each host the deliveries that are due the longest are found, however many others are before them', async () => {
  const { journal, end, clock, sender } = sending();
  await sender.close();
  for (let count = 0; count < 5; count++) await end(['http://a.example:1/']);
  clock.increment(10);
  await end(['http://b.example/x', 'http://a.example:2/']);
  const due = (at: number) => journal.journal.dueDeliveries(at, 2).map(({ number, host }) => [number, host]);
  expect(due(10)).toEqual([
    [1, 'a.example:1'],
    [2, 'a.example:1'],
    [6, 'b.example'],
    [7, 'a.example:2'],
  ]);
  expect(due(9)).toEqual([
    [1, 'a.example:1'],
    [2, 'a.example:1'],
  ]);
  const later = (after: number, limit: number) =>
    journal.journal.laterDeliveries(after, limit).map(({ number }) => number);
  expect(later(9, 5)).toEqual([6, 7]);
  expect(later(9, 1)).toEqual([6]);
  expect(later(10, 5)).toEqual([]);
});

test('a job is kept beyond the history until it is delivered or given up', async () => {
  const { url } = await startReceiver({ answer: status(500) });
  const { journal, end, attempts, due } = sending();
  const waiting = await end([url]);
  const other = await end([]);
  const expired = () => journal.journal.expired(0, Number.MAX_SAFE_INTEGER, 100).map(({ jobId }) => jobId);
  await attempts(1);
  expect(expired()).toEqual([other]);
  await journal.journal.endDelivery(due()[0]?.number ?? 0);
  expect(expired().sort()).toEqual([waiting, other].sort());
});
