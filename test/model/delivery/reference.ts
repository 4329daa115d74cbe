import { type DeliveryVerdict, JOURNAL_PAUSE, TIME_LIMIT } from '../../../src/machines/delivery/deliverySetup.ts';
import { MAX_ATTEMPTS, waits } from '../../../src/machines/delivery/deliveryWaits.ts';
import { type DeliveryMove, EARLY } from './system.ts';

/** What a delivery has asked for: posts, and records with what they say. */
export type Asked = 'post' | DeliveryVerdict;

const reasons: Partial<Record<DeliveryMove, string>> = {
  'post.redirected': 'answered 302; redirects are not followed',
  'post.refused': 'answered 500',
  'post.fails': 'broken',
  'time.passes': 'no answer within 10 s',
};

/**
 * A delivery as plain code, written by hand: a chart that forgets what it owes is not excused by paths made from that chart.
 * @param attempts that have failed. @param dueAt milliseconds from now.
 */
export function createReference({ attempts, dueAt }: { attempts: number; dueAt: number }) {
  const asked: Asked[] = [];
  let now = 0;
  let verdict: DeliveryVerdict | null = null;
  let state = dueAt > 0 ? 'waiting.scheduled' : 'waiting.due';
  const record = (next: DeliveryVerdict) => {
    verdict = next;
    state = 'recording.writing';
    asked.push(next);
  };
  const fail = (reason: string) => {
    attempts++;
    const wait = (waits[attempts - 1] ?? 0) * 1_000;
    dueAt = now + wait;
    if (attempts === MAX_ATTEMPTS) record({ type: 'givenUp', reason, attempts });
    else record({ type: 'postponed', reason, attempts, wait, dueAt });
  };
  const taken: Record<string, (move: DeliveryMove) => void> = {
    'waiting.scheduled time.passes': () => {
      now = dueAt;
      state = 'waiting.due';
    },
    'waiting.scheduled timer.early': () => {
      now = dueAt - EARLY;
    },
    'waiting.due delivery.post': () => {
      state = 'posting';
      asked.push('post');
    },
    'posting post.accepted': () => record({ type: 'delivered', status: 204 }),
    'posting post.gone': () => record({ type: 'givenUp', reason: 'answered 410', attempts: null }),
    'posting post.forgotten': () => record({ type: 'givenUp', reason: 'the job is no longer kept', attempts: null }),
    'posting post.redirected': (move) => fail(reasons[move] ?? ''),
    'posting post.refused': (move) => fail(reasons[move] ?? ''),
    'posting post.fails': (move) => fail(reasons[move] ?? ''),
    'posting time.passes': (move) => {
      now += TIME_LIMIT;
      fail(reasons[move] ?? '');
    },
    'recording.writing record.fails': () => {
      state = 'recording.pausing';
    },
    'recording.pausing time.passes': () => {
      now += JOURNAL_PAUSE;
      state = 'recording.writing';
      if (verdict !== null) asked.push(verdict);
    },
    'recording.writing record.done': () => {
      if (verdict?.type !== 'postponed') state = verdict?.type ?? '';
      else state = dueAt > now ? 'waiting.scheduled' : 'waiting.due';
    },
  };
  return {
    /** @throws when the move is none that can happen. */
    take: (move: DeliveryMove): void => {
      const step = taken[`${state} ${move}`];
      if (step === undefined) throw new Error(`nothing in ${state} has ${move} happen`);
      step(move);
    },
    /** What is to be seen. */
    visible: () => ({ state, attempts, asked: [...asked] }),
  };
}
