import { EventEmitter } from 'node:events';
import type { Context } from 'hono';
import { expect, test } from 'vitest';
import { OpenRequests } from '../../../src/http/middleware/authenticate.ts';
import type { Caller } from '../../../src/http/middleware/caller.ts';

/** As far as it is looked at: the answer of a request. */
class Outgoing extends EventEmitter {
  isCut = false;
  destroy(): void {
    this.isCut = true;
    this.emit('close');
  }
}

const alice: Caller = { name: 'alice', role: 'read', secrets: [] };
function opened(requests: OpenRequests): Outgoing {
  const outgoing = new Outgoing();
  requests.keep({ env: { outgoing } } as unknown as Context, 'token', alice);
  return outgoing;
}

test('a request is kept until it is answered', () => {
  const requests = new OpenRequests();
  const [first, second] = [opened(requests), opened(requests)];
  expect(requests.size).toBe(2);
  first.emit('close');
  expect(requests.size).toBe(1);
  requests.hangUp(() => undefined);
  expect([first.isCut, second.isCut, requests.size]).toEqual([false, true, 0]);
});

test.each<[Caller | undefined, boolean]>([
  [alice, false],
  [undefined, true],
  [{ name: 'alice', role: 'submit', secrets: [] }, true],
  [{ name: 'bob', role: 'read', secrets: [] }, true],
])('an open request whose token is now of %j is disconnected: %s', (now, isCut) => {
  const requests = new OpenRequests();
  const outgoing = opened(requests);
  requests.hangUp((token) => (token === 'token' ? now : undefined));
  expect(outgoing.isCut).toBe(isCut);
});
