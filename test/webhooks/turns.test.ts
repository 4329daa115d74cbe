import { expect, test } from 'vitest';
import type { Delivery } from '../../src/journal/contract.ts';
import { waitAfter, waits } from '../../src/webhooks/schedule.ts';
import { MAX_IN_FLIGHT, MAX_PER_HOST, Turns } from '../../src/webhooks/turns.ts';

const delivery = (number: number, host: string): Delivery => {
  return { number, host, jobId: `job-${number}`, url: `http://${host}/`, attempts: 0, dueAt: 0 };
};
const hostsOf = (deliveries: Delivery[]) => deliveries.map(({ host }) => host);
const underWay = (deliveries: Delivery[]) => new Map(deliveries.map((one) => [one.number, one]));

test('every host gets a place before any gets two, and none gets more than its share', () => {
  const due = [1, 2, 3, 4].map((n) => delivery(n, 'a')).concat(delivery(5, 'b'), delivery(6, 'c'));
  const begun = new Turns().next(due, new Map());
  expect(begun.map(({ number }) => number)).toEqual([1, 5, 6, 2]);
  expect(begun.filter(({ host }) => host === 'a')).toHaveLength(MAX_PER_HOST);
});

test('no more than the limit is under way, and what is under way is not begun again', () => {
  const due = Array.from({ length: 20 }, (_, n) => delivery(n, `host-${n}`));
  const turns = new Turns();
  const begun = turns.next(due, new Map());
  expect(begun).toHaveLength(MAX_IN_FLIGHT);
  expect(turns.next(due, underWay(begun))).toEqual([]);
  const left = begun.slice(1);
  expect(turns.next(due, underWay(left)).map(({ number }) => number)).toEqual([MAX_IN_FLIGHT]);
});

test('hosts take turns: one that was not served yet goes before those that always have something due', () => {
  const greedy = Array.from({ length: MAX_IN_FLIGHT }, (_, n) => delivery(n, `greedy-${n}`));
  const turns = new Turns();
  const begun = turns.next(greedy, new Map());
  const more = greedy.map(({ host }, n) => delivery(100 + n, host));
  const due = [...more, delivery(200, 'modest')];
  expect(hostsOf(turns.next(due, underWay(begun.slice(1))))).toEqual(['modest']);
});

test('waits double up to six hours, are spread by a fifth, and end', () => {
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBe(Math.min(5 * 2 ** index, 21_600));
    expect(waitAfter(index + 1, 0)).toBe(wait * 800);
    expect(waitAfter(index + 1, 1)).toBe(wait * 1_200);
  }
  expect(waitAfter(waits.length + 1, 0.5)).toBeNull();
});
