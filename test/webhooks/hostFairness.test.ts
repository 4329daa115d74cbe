import { expect, test } from 'vitest';
import type { Delivery } from '../../src/machines/ports/journal.ts';
import { HostFairness, MAX_IN_FLIGHT, MAX_PER_HOST } from '../../src/webhooks/hostFairness.ts';

const delivery = (number: number, host: string): Delivery => {
  return { number, host, jobId: `job-${number}`, url: `http://${host}/`, attempts: 0, dueAt: 0 };
};
const hostsOf = (deliveries: Delivery[]) => deliveries.map(({ host }) => host);
const underWay = (deliveries: Delivery[]) => new Map(deliveries.map((one) => [one.number, one]));

test('every host gets a post before any gets two, and none gets more than its share', () => {
  const due = [1, 2, 3, 4].map((n) => delivery(n, 'a')).concat(delivery(5, 'b'), delivery(6, 'c'));
  const begun = new HostFairness().next(due, new Map());
  expect(begun.map(({ number }) => number)).toEqual([1, 5, 6, 2]);
  expect(begun.filter(({ host }) => host === 'a')).toHaveLength(MAX_PER_HOST);
});

test('no more posts than the limit are under way, and one under way is not begun again', () => {
  const due = Array.from({ length: 20 }, (_, n) => delivery(n, `host-${n}`));
  const fairness = new HostFairness();
  const begun = fairness.next(due, new Map());
  expect(begun).toHaveLength(MAX_IN_FLIGHT);
  expect(fairness.next(due, underWay(begun))).toEqual([]);
  const left = begun.slice(1);
  expect(fairness.next(due, underWay(left)).map(({ number }) => number)).toEqual([MAX_IN_FLIGHT]);
});

test('hosts are served round robin: one that was not served yet goes before those that always have something due', () => {
  const greedy = Array.from({ length: MAX_IN_FLIGHT }, (_, n) => delivery(n, `greedy-${n}`));
  const fairness = new HostFairness();
  const begun = fairness.next(greedy, new Map());
  const more = greedy.map(({ host }, n) => delivery(100 + n, host));
  const due = [...more, delivery(200, 'modest')];
  expect(hostsOf(fairness.next(due, underWay(begun.slice(1))))).toEqual(['modest']);
});
