import { expect } from 'vitest';
import { MAX_ATTEMPTS, waits } from '../../../src/machines/deliveryWaits.ts';
import type { steeredPort } from './steeredPort.ts';
import { type DeliveryMove, type DeliverySnapshot, pathOf } from './system.ts';

/**
 * What a delivery owes whatever its chart looks like, of the moves it was given: a chart that forgets it is not excused by
 * paths made from that chart.
 * @param before attempts that had failed when it began.
 */
export function expectPromises(
  moves: readonly DeliveryMove[],
  before: number,
  asked: ReturnType<typeof steeredPort>['asked'],
  snapshot: DeliverySnapshot,
): void {
  const where = moves.join(' → ') || 'at the beginning';
  const names = asked.map(({ type }) => type);
  const posts = asked.filter((one) => one.type === 'post');
  const records = asked.filter((one) => one.type === 'record');

  // It posts when it is asked to and not otherwise, and never more often than there are attempts.
  expect(posts.length, where).toBe(moves.filter((move) => move === 'delivery.post').length);
  expect(before + posts.length, where).toBeLessThanOrEqual(MAX_ATTEMPTS);

  // What came of a post is written before the next one, again and again until it is taken, and only then.
  const written = moves.filter((move) => move === 'record.done').length;
  const isAtWork = posts.length > written;
  expect(
    names.filter((name, at) => name === 'post' && names[at + 1] === 'post'),
    where,
  ).toEqual([]);
  const refused = moves.filter((move) => move === 'record.fails').length;
  expect(records.length, where).toBeLessThanOrEqual(written + refused + 1);
  if (pathOf(snapshot.value).startsWith('waiting')) expect(isAtWork, where).toBe(false);

  // A post that takes too long is broken off.
  const ends = moves.flatMap((move, at) => (move === 'delivery.post' ? [moves[at + 1]] : []));
  for (const [at, { signal }] of posts.entries()) expect(signal.aborted, where).toBe(ends[at] === 'time.passes');

  // How it ends is what the last answer says.
  const last = ends.at(-1);
  if (snapshot.value === 'delivered') expect(last, where).toBe('post.accepted');
  if (snapshot.value === 'givenUp') {
    expect(last === 'post.gone' || last === 'post.forgotten' || before + posts.length === MAX_ATTEMPTS, where).toBe(
      true,
    );
  }

  // Each failed attempt is one more, and is followed by the wait of the schedule or by the end.
  const failed = new Map(records.map(({ verdict }) => [JSON.stringify(verdict), verdict]));
  let attempts = before;
  for (const verdict of failed.values()) {
    if (verdict.type === 'delivered' || verdict.attempts === null) continue;
    attempts++;
    expect(verdict.attempts, where).toBe(attempts);
    if (verdict.type === 'postponed') expect(verdict.wait, where).toBe((waits[attempts - 1] ?? 0) * 1_000);
    else expect(attempts, where).toBe(MAX_ATTEMPTS);
  }
}
