import { setImmediate } from 'node:timers/promises';
import { SimulatedClock } from 'xstate';
import type { DeliveryPort, DeliveryVerdict, PostAnswer } from '../../../src/machines/delivery/deliverySetup.ts';
import { answers, type DeliveryMove, type DeliverySnapshot, EARLY, passing } from './system.ts';

/** A port of which nothing is answered before a move says so, and a clock. What was asked of it is noted. */
export function steeredPort() {
  const clock = new SimulatedClock();
  /** Milliseconds by which the journal's time is behind the timers. */
  let behind = 0;
  const asked: ({ type: 'post'; signal: AbortSignal } | { type: 'record'; verdict: DeliveryVerdict })[] = [];
  let posted = Promise.withResolvers<PostAnswer>();
  let recorded = Promise.withResolvers<void>();
  const monotonic = () => clock.now() - behind;
  const port: DeliveryPort = {
    post: (signal) => {
      asked.push({ type: 'post', signal });
      posted = Promise.withResolvers();
      return posted.promise;
    },
    record: (verdict) => {
      asked.push({ type: 'record', verdict });
      recorded = Promise.withResolvers();
      return recorded.promise;
    },
    monotonic,
    random: () => 0.5,
  };

  /** Makes a move happen, and lets all that follows from it happen too. */
  async function take(move: DeliveryMove, snapshot: DeliverySnapshot, post: () => void): Promise<void> {
    if (move === 'delivery.post') post();
    else if (move === 'post.fails') posted.reject(new Error('broken'));
    else if (move === 'record.done') recorded.resolve();
    else if (move === 'record.fails') recorded.reject(new Error('disk full'));
    else if (move === 'time.passes') clock.increment(passing(move, snapshot, monotonic()));
    else if (move === 'timer.early') {
      const passes = passing(move, snapshot, monotonic()) + EARLY;
      behind += EARLY;
      clock.increment(passes);
    } else posted.resolve(answers[move]);
    await setImmediate();
  }
  return { port, clock, asked, monotonic, take };
}
