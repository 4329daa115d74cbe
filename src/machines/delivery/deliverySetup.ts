import { assign, emit, fromPromise, setup } from 'xstate';
import type { Delivery } from '../ports/journal.ts';
import { MAX_ATTEMPTS, waitAfter } from './deliveryWaits.ts';

/** Milliseconds for a whole exchange, from the look-up of the name to the end of the answer. */
export const TIME_LIMIT = 10_000;
/** Milliseconds after which the journal is asked again that did not take what came of an attempt. */
export const JOURNAL_PAUSE = 5_000;
/** The longest timer in milliseconds: Node's end at 24 days. */
const MAX_TIMER = 24 * 60 * 60 * 1_000;

export type DeliveryEvent = { type: 'delivery.post' };

/** What came of a post: the status of the answer, or that there is nothing to post, for the job is no longer kept. */
export type PostAnswer = { type: 'answered'; status: number } | { type: 'forgotten' };

/** What an attempt leads to, to be put on record. */
export type DeliveryVerdict =
  | { type: 'delivered'; status: number }
  /** There is no other attempt. `attempts`: how many have failed; null: the first answer that forbids it is enough. */
  | { type: 'givenUp'; reason: string; attempts: number | null }
  /** Tried again after `wait` milliseconds, at `dueAt` of the journal's own time. */
  | { type: 'postponed'; reason: string; attempts: number; wait: number; dueAt: number };

/** What a delivery reports beside its states. */
export type DeliveryFact = { type: 'delivery.judged'; verdict: DeliveryVerdict };

/** What a delivery must be able to do. */
export type DeliveryPort = {
  /** Posts it once. Ends with the signal. @throws when there is no answer. */
  post(signal: AbortSignal): Promise<PostAnswer>;
  /** Resolves when the verdict is on disk. @throws when it cannot be written. */
  record(verdict: DeliveryVerdict): Promise<void>;
  /** Milliseconds of the journal's own time. */
  monotonic(): number;
  /** From 0 to 1: spreads the waits. */
  random(): number;
};

/** A row of the journal, without its URL: that has credentials, and snapshots are shown. */
export type DeliveryInput = Pick<Delivery, 'number' | 'jobId' | 'attempts' | 'dueAt'> & { port: DeliveryPort };

export type DeliveryContext = DeliveryInput & {
  /** Why the attempt that is judged has failed. */
  failure: string;
  /** What is being put on record; null before the first attempt. */
  verdict: DeliveryVerdict | null;
};

type Answered = { answer: PostAnswer };

/** The parts of the delivery chart: what its names stand for. The chart itself is in `delivery.ts`. */
export const deliverySetup = setup({
  types: {
    context: {} as DeliveryContext,
    events: {} as DeliveryEvent,
    input: {} as DeliveryInput,
    emitted: {} as DeliveryFact,
  },
  actors: {
    post: fromPromise<PostAnswer, DeliveryPort>(({ input, signal }) => input.post(signal)),
    record: fromPromise<void, { port: DeliveryPort; verdict: DeliveryVerdict }>(({ input }) =>
      input.port.record(input.verdict),
    ),
  },
  actions: {
    noteDelivered: assign((_, { answer }: Answered) => ({
      verdict: { type: 'delivered' as const, status: answer.type === 'answered' ? answer.status : 0 },
    })),
    noteRefused: assign((_, { answer }: Answered) => ({
      verdict: { type: 'givenUp' as const, reason: reasonText(answer), attempts: null },
    })),
    noteAnswer: assign((_, { answer }: Answered) => ({ failure: reasonText(answer) })),
    noteError: assign((_, { error }: { error: unknown }) => ({ failure: errorText(error) })),
    noteTimeout: assign({ failure: `no answer within ${TIME_LIMIT / 1_000} s` }),
    noteGivenUp: assign(({ context: { attempts, failure } }) => ({
      attempts: attempts + 1,
      verdict: { type: 'givenUp' as const, reason: failure, attempts: attempts + 1 },
    })),
    notePostponed: assign(({ context: { attempts: before, failure, port } }) => {
      const attempts = before + 1;
      const wait = waitAfter(attempts, port.random());
      const dueAt = port.monotonic() + wait;
      return { attempts, dueAt, verdict: { type: 'postponed' as const, reason: failure, attempts, wait, dueAt } };
    }),
    reportVerdict: emit(({ context }): DeliveryFact => ({ type: 'delivery.judged', verdict: judged(context) })),
  },
  guards: {
    isDue: ({ context }) => untilDue(context) <= 0,
    isAccepted: (_, { answer }: Answered) => answer.type === 'answered' && answer.status >= 200 && answer.status < 300,
    isRefused: (_, { answer }: Answered) => answer.type === 'forgotten' || answer.status === 410,
    isLastAttempt: ({ context }) => context.attempts + 1 >= MAX_ATTEMPTS,
    isDelivered: ({ context }) => context.verdict?.type === 'delivered',
    isGivenUp: ({ context }) => context.verdict?.type === 'givenUp',
  },
  delays: {
    // A timer may come a moment early: then the rest is waited for.
    untilDue: ({ context }) => Math.min(Math.max(1, Math.ceil(untilDue(context))), MAX_TIMER),
    timeLimit: TIME_LIMIT,
    journalPause: JOURNAL_PAUSE,
  },
});

/** The verdict. @throws in a state that comes before it: the chart would be wrong. */
export function judged({ verdict }: DeliveryContext): DeliveryVerdict {
  if (verdict === null) throw new Error('nothing has been posted');
  return verdict;
}

const untilDue = ({ dueAt, port }: DeliveryContext): number => dueAt - port.monotonic();

function reasonText(answer: PostAnswer): string {
  if (answer.type === 'forgotten') return 'the job is no longer kept';
  const more = answer.status >= 300 && answer.status < 400 ? '; redirects are not followed' : '';
  return `answered ${answer.status}${more}`;
}

/** Node's error for a host with several addresses has only a code, and one error for each of them. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
