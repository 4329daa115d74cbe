import type { Delivery, Journal } from '../journal/contract.ts';
import type { JobInfo } from '../schemas/job.ts';
import { shownUrl } from '../schemas/shownUrl.ts';
import { attempt, type Verdict } from './attempt.ts';
import { pause, type SenderClock } from './clock.ts';
import { messageOf, type Sender } from './message.ts';
import { waitAfter } from './schedule.ts';
import type { TargetRules } from './target.ts';
import { MAX_PER_HOST, Turns } from './turns.ts';

/** Milliseconds after which a note is tried again that the journal did not take, or a look that it did not answer. */
const JOURNAL_PAUSE = 5_000;
/** The longest wait for what is due later, in milliseconds: Node's timers end at 24 days. */
const MAX_WAIT = 24 * 60 * 60 * 1_000;

export type SenderDependencies = Sender & {
  journal: Pick<Journal, 'dueDeliveries' | 'nextDelivery' | 'postponeDelivery' | 'endDelivery'>;
  /** A job as clients see it; undefined when it is no longer kept. */
  getJob: (jobId: string) => JobInfo | undefined;
  /** Where it may post to. */
  targets: TargetRules;
  log: { info(message: string): void; warn(message: string): void; error(message: string): void };
  clock: SenderClock;
  /** From 0 to 1: spreads the waits. */
  random: () => number;
};

export type WebhookSender = {
  /** Sends what is due, what an earlier server left included. Until then nothing is sent. */
  start(): void;
  /** To be called when a job has ended. Returns at once and never throws. */
  wake(): void;
  /** Breaks off what is under way, which stays due, and resolves when nothing is. */
  close(): Promise<void>;
};

/**
 * Posts ended jobs from the journal, at least once each: a delivery is in the journal from the transaction in which its
 * job ended until its receiver has answered 2xx or 410, or the last attempt has failed. Nothing polls: it looks when a
 * job ends, when a post has ended, and when the next one is due.
 */
export function createWebhookSender(dependencies: SenderDependencies): WebhookSender {
  const { journal, getJob, targets, log, clock, random } = dependencies;
  const closing = new AbortController();
  const inFlight = new Map<number, Delivery>();
  const open = new Set<Promise<void>>();
  const turns = new Turns();
  let timer: unknown;
  let isStarted = false;
  let isAwake = false;

  const wake = (): void => {
    if (!isStarted || isAwake || closing.signal.aborted) return;
    isAwake = true;
    // Later, and once for many: whoever wakes is in the middle of a transition.
    setImmediate(look);
  };

  const look = (): void => {
    isAwake = false;
    if (closing.signal.aborted) return;
    clock.clearTimeout(timer);
    try {
      const now = clock.monotonic();
      for (const delivery of turns.next(journal.dueDeliveries(now, MAX_PER_HOST), inFlight)) begin(delivery);
      // What is due already waits for a post to end, or for its job's end to be applied: both wake.
      const next = journal.nextDelivery(now);
      if (next !== null) timer = clock.setTimeout(wake, Math.min(next - now, MAX_WAIT));
    } catch (error) {
      log.error(`the journal could not be asked for webhooks: ${error}`);
      timer = clock.setTimeout(wake, JOURNAL_PAUSE);
    }
  };

  const begin = (delivery: Delivery): void => {
    const job = getJob(delivery.jobId);
    // On disk and not applied yet: it is still shown as it was.
    if (job !== undefined && job.completed_at === null) return;
    inFlight.set(delivery.number, delivery);
    const work = deliver(delivery, job).finally(() => {
      inFlight.delete(delivery.number);
      open.delete(work);
      wake();
    });
    open.add(work);
  };

  const deliver = async (delivery: Delivery, job: JobInfo | undefined): Promise<void> => {
    const about = `webhook ${delivery.number} of job ${delivery.jobId} to ${shownUrl(delivery.url)}`;
    if (job === undefined) {
      log.warn(`${about} is given up: the job is no longer kept`);
      return note(() => journal.endDelivery(delivery.number));
    }
    const message = messageOf(job, delivery, dependencies, clock.now());
    const verdict = await attempt({ url: delivery.url, ...message, targets }, clock, closing.signal);
    return conclude(delivery, verdict, about);
  };

  const conclude = async ({ number, attempts }: Delivery, verdict: Verdict, about: string): Promise<void> => {
    if (verdict.type === 'stopped') return;
    const end = () => journal.endDelivery(number);
    if (verdict.type === 'delivered') {
      log.info(`${about} is delivered: answered ${verdict.status}`);
      return note(end);
    }
    if (verdict.type === 'gone') {
      log.warn(`${about} is given up: answered 410`);
      return note(end);
    }
    const failed = attempts + 1;
    const wait = waitAfter(failed, random());
    if (wait === null) {
      log.warn(`${about} is given up after attempt ${failed}: ${verdict.reason}`);
      return note(end);
    }
    log.warn(`${about} failed (attempt ${failed}), again in ${Math.round(wait / 1_000)} s: ${verdict.reason}`);
    const dueAt = clock.monotonic() + wait;
    return note(() => journal.postponeDelivery(number, dueAt, verdict.reason));
  };

  /** Until it is written the delivery counts as under way, so that it is not sent again and again. */
  const note = async (write: () => Promise<void>): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await write();
      } catch (error) {
        if (closing.signal.aborted) return;
        if (tries === 1) log.error(`the journal could not take what came of a webhook: ${error}`);
        await pause(clock, JOURNAL_PAUSE, closing.signal);
      }
    }
  };

  return {
    start: () => {
      isStarted = true;
      wake();
    },
    wake,
    close: async () => {
      closing.abort();
      clock.clearTimeout(timer);
      await Promise.all(open);
    },
  };
}
