import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createActor } from 'xstate';
import { deliveryMachine } from '../../../src/machines/delivery/delivery.ts';
import type { DeliveryVerdict } from '../../../src/machines/delivery/deliverySetup.ts';
import { allowed } from '../allowed.ts';
import { follow } from '../follow.ts';
import { createReference } from './reference.ts';
import { steeredPort } from './steeredPort.ts';
import { deliveryPaths, eventOf, inputOf, movesIn, origins, pathOf, visibleOf } from './system.ts';

// XState's development build warns of each event that comes after the end.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

describe.for(origins)('a delivery that is %s', (origin) => {
  const { paths, states, model } = deliveryPaths(origin);

  test(`a delivery does as an actor what its chart does, on every edge (${states.length} states, ${paths.length} paths)`, async () => {
    for (const moves of paths) {
      const { port, clock, asked, monotonic, take } = steeredPort();
      const input = inputOf(origin, port);
      const reference = createReference(input);
      const askedFor = () => asked.map((one) => (one.type === 'post' ? one.type : one.verdict));
      const verdicts: DeliveryVerdict[] = [];
      const actor = createActor(deliveryMachine, { input, clock });
      actor.on('delivery.judged', ({ verdict }) => verdicts.push(verdict));
      actor.start();
      await follow(moves, model, {
        take: async (move) => {
          await take(move, actor.getSnapshot(), () => actor.send({ type: 'delivery.post' }));
          reference.take(move);
          const { value, context } = actor.getSnapshot();
          const seen = { state: pathOf(value), attempts: context.attempts, asked: askedFor() };
          if (!isDeepStrictEqual(seen, reference.visible())) {
            expect(seen, moves.join(' → ')).toEqual(reference.visible());
          }
        },
        visible: () => visibleOf(actor.getSnapshot(), monotonic(), verdicts),
      });
      const before = actor.getSnapshot();
      // Only a post that takes too long is broken off.
      const ends = moves.flatMap((move, at) => (move === 'delivery.post' ? [moves[at + 1]] : []));
      const broken = asked.flatMap((one) => (one.type === 'post' ? [one.signal.aborted] : []));
      expect(broken, moves.join(' → ')).toEqual(ends.map((end) => end === 'time.passes'));
      // It is posted when it is due, and not once more while it is at work, waits, or has ended.
      if (pathOf(before.value) !== 'waiting.due') {
        actor.send({ type: 'delivery.post' });
        expect(actor.getSnapshot() === before, moves.join(' → ')).toBe(true);
      }
      actor.stop();
    }
  });

  test('a delivery does nothing on what its table forbids, in every state', () => {
    for (const state of states) {
      const isAllowed = movesIn(state.delivery).includes('delivery.post');
      const rows = allowed.delivery[pathOf(state.delivery.value)] ?? [];
      expect(isAllowed).toBe(rows.some((row) => row.startsWith('delivery.post ')));
      if (!isAllowed)
        expect(model.next(state, 'delivery.post').delivery === state.delivery, pathOf(state.delivery.value)).toBe(true);
      expect(state.delivery.can(eventOf(state.delivery, 'delivery.post'))).toBe(isAllowed);
    }
  });
});

test('a delivery that is stopped while it posts aborts the post, and reports nothing', async () => {
  const { port, clock, asked, take } = steeredPort();
  const verdicts: DeliveryVerdict[] = [];
  const actor = createActor(deliveryMachine, { input: inputOf('new', port), clock });
  actor.on('delivery.judged', ({ verdict }) => verdicts.push(verdict));
  actor.start();
  actor.send({ type: 'delivery.post' });
  actor.stop();
  await take('post.accepted', actor.getSnapshot(), () => {});
  expect(asked).toMatchObject([{ type: 'post', signal: { aborted: true } }]);
  expect(verdicts).toEqual([]);
});

test('a snapshot of a delivery has no URL in it: that may have a credential', () => {
  const { port } = steeredPort();
  const { context } = createActor(deliveryMachine, { input: inputOf('new', port) }).getSnapshot();
  expect(Object.keys(context).sort()).toEqual(['attempts', 'dueAt', 'failure', 'jobId', 'number', 'port', 'verdict']);
});
