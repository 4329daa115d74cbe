import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { answerError } from '../../../src/http/errors.ts';
import type { CallerEnv } from '../../../src/http/middleware/caller.ts';
import {
  type ConcurrencyLimits,
  concurrencyLimits,
  createConcurrencyLimit,
} from '../../../src/http/middleware/concurrencyLimit.ts';

/** Takes places as a client of an address, or the holder of a token. */
function placesOf(limits: ConcurrencyLimits) {
  const acquire = createConcurrencyLimit(limits);
  const left: (() => void)[] = [];
  const app = new Hono<CallerEnv>()
    .use(async (c, next) => {
      c.set('caller', { name: c.req.header('x-token') ?? null, role: 'read', secrets: [] });
      await next();
    })
    .get('/', (c) => {
      left.push(acquire(c));
      return c.text('');
    });
  app.onError(answerError(() => {}));
  const take = async (address: string, token?: string) => {
    const headers = token === undefined ? {} : { 'x-token': token };
    const answer = await app.request('/', { headers }, { incoming: { socket: { remoteAddress: address } } });
    return answer.status;
  };
  return { take, left };
}

test('all clients together have a limit, one client its share, and what is given back can be taken', async () => {
  const { take, left } = placesOf({ most: 3, share: 2 });
  expect([await take('10.0.0.1'), await take('10.0.0.1'), await take('10.0.0.1')]).toEqual([200, 200, 503]);
  expect([await take('10.0.0.2'), await take('10.0.0.3')]).toEqual([200, 503]);
  // To give one back twice gives one back.
  left[0]?.();
  left[0]?.();
  expect([await take('10.0.0.3'), await take('10.0.0.4')]).toEqual([200, 503]);
});

test('a client is the holder of a token, from any address; else an address, of IPv6 a /64', async () => {
  const { take } = placesOf({ most: 100, share: 1 });
  expect([await take('10.0.0.1', 'alice'), await take('10.0.0.2', 'alice')]).toEqual([200, 503]);
  expect([await take('10.0.0.1', 'bob'), await take('10.0.0.1')]).toEqual([200, 200]);
  expect(await take('::ffff:10.0.0.1')).toBe(503);
  expect([await take('2001:db8:1:2::3'), await take('2001:db8:1:2:ffff::4'), await take('2001:db8:1:3::3')]).toEqual([
    200, 503, 200,
  ]);
});

test('a client may have half of the limit', () => {
  expect([concurrencyLimits(1), concurrencyLimits(32), concurrencyLimits(1_001)]).toEqual([
    { most: 1, share: 1 },
    { most: 32, share: 16 },
    { most: 1_001, share: 501 },
  ]);
});
