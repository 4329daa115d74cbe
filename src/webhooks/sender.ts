import type { InspectionEvent, Observer } from 'xstate';
import { createTransitionObserver, type TransitionListener } from '../machines/observeTransitions.ts';
import type { Delivery, Journal } from '../machines/ports/journal.ts';
import type { DeliveryStates } from '../schemas/server/machines.ts';
import { Deliveries } from './deliveries.ts';
import type { PortDependencies } from './deliveryPort.ts';
import { HostFairness, MAX_PER_HOST } from './hostFairness.ts';

/** Milliseconds after which the journal is asked again that did not answer. */
const JOURNAL_PAUSE = 5_000;
/** Deliveries that are actors before they are due, and once they are: the next ones. The others are rows alone. */
export const MAX_WAITING = 64;

export type SenderDependencies = PortDependencies & {
  journal: Pick<Journal, 'dueDeliveries' | 'laterDeliveries'>;
  /** Called with what the actors do. */
  inspect?: Observer<InspectionEvent>;
};

export type WebhookSender = {
  /** Sends what is due, what an earlier server left included. Until then nothing is sent. */
  start(): void;
  /** To be called when a job has ended. Returns at once and never throws. */
  wake(): void;
  /** What the deliveries that are actors are doing now. */
  getLiveStates(): DeliveryStates;
  /** Tells every transition of a delivery from now on. @returns what ends it. */
  observeTransitions(listener: TransitionListener): () => void;
  /** Breaks off what is under way, which stays due, and resolves when nothing is. */
  close(): Promise<void>;
};

/**
 * Posts ended jobs from the journal, at least once each: a delivery is in the journal from the transaction in which its
 * job ended until its receiver has answered 2xx or 410, or the last attempt has failed. Each is an actor of the chart
 * `delivery`, which waits, posts, and puts on record; this says only which rows are actors, and which of those may post.
 * Nothing polls: it looks when a job ends, and when a delivery has become due, waits again, or has ended.
 */
export function createWebhookSender(dependencies: SenderDependencies): WebhookSender {
  const { journal, getJob, log, clock, inspect } = dependencies;
  const fairness = new HostFairness();
  let timer: unknown;
  let isStarted = false;
  let isClosed = false;
  let isAwake = false;

  const wake = (): void => {
    if (!isStarted || isAwake || isClosed) return;
    isAwake = true;
    // Later, and once for many: this is called in the middle of a transition.
    setImmediate(look);
  };
  const deliveries = new Deliveries(dependencies, wake);
  if (inspect !== undefined) deliveries.inspect(inspect);

  const look = (): void => {
    isAwake = false;
    if (isClosed) return;
    clock.clearTimeout(timer);
    try {
      const now = clock.monotonic();
      const due = journal.dueDeliveries(now, MAX_PER_HOST);
      // The first of these wakes when it is due. What is due already waits for a post to end, or for its job's end to be applied.
      const later = journal.laterDeliveries(now, MAX_WAITING);
      deliveries.keepWaiting([...due.slice(0, MAX_WAITING), ...later]);
      for (const delivery of fairness.next(due, deliveries.atWork())) if (isShown(delivery)) deliveries.post(delivery);
    } catch (error) {
      log.error(`the journal could not be asked for webhooks: ${error}`);
      timer = clock.setTimeout(wake, JOURNAL_PAUSE);
    }
  };

  /** Whether its job is shown as ended: what is on disk and not applied yet is shown as it was. */
  const isShown = ({ jobId }: Delivery): boolean => getJob(jobId)?.completed_at !== null;

  return {
    start: () => {
      isStarted = true;
      wake();
    },
    wake,
    getLiveStates: () => deliveries.liveStates(),
    observeTransitions: createTransitionObserver([deliveries], { now: clock.now, onProblem: log.error }),
    close: async () => {
      isClosed = true;
      clock.clearTimeout(timer);
      await deliveries.close();
    },
  };
}
