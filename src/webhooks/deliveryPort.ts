import type { Clock } from '../clock.ts';
import type { Log } from '../logging/log.ts';
import type { DeliveryPort, DeliveryVerdict } from '../machines/delivery/deliverySetup.ts';
import type { Delivery, Journal } from '../machines/ports/journal.ts';
import type { JobInfo } from '../schemas/job/job.ts';
import { shownUrl } from '../schemas/secrets/shownUrl.ts';
import { messageOf, type Sender } from './message.ts';
import { post } from './post.ts';
import type { TargetRules } from './target.ts';

export type PortDependencies = Sender & {
  journal: Pick<Journal, 'postponeDelivery' | 'endDelivery'>;
  /** A job as clients see it; undefined when it is no longer kept. */
  getJob: (jobId: string) => JobInfo | undefined;
  /** Where it may post to. */
  targets: TargetRules;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Called with what came of each post. */
  onVerdict?: (verdict: DeliveryVerdict) => void;
  clock: SenderClock;
  /** From 0 to 1: spreads the waits. */
  random: () => number;
};

/** What a delivery needs of the world: posts to its URL, and writes to the journal. */
export function createDeliveryPort(delivery: Delivery, dependencies: PortDependencies): DeliveryPort {
  const { journal, getJob, targets, log, clock, random } = dependencies;
  let isFirstFault = true;
  return {
    post: async (signal) => {
      const job = getJob(delivery.jobId);
      if (job === undefined) return { type: 'forgotten' };
      const message = messageOf(job, delivery, dependencies, clock.now());
      return { type: 'answered', status: await post({ url: delivery.url, ...message, targets, signal }) };
    },
    record: async (verdict) => {
      try {
        if (verdict.type !== 'postponed') await journal.endDelivery(delivery.number);
        else await journal.postponeDelivery(delivery.number, verdict.dueAt, verdict.reason);
        isFirstFault = true;
      } catch (error) {
        if (isFirstFault) log.error(`the journal could not take what came of a webhook: ${error}`);
        isFirstFault = false;
        throw error;
      }
    },
    monotonic: clock.monotonic,
    random,
  };
}

/** Writes to the log what came of an attempt. */
export function logVerdict(
  { number, jobId, url }: Delivery,
  verdict: DeliveryVerdict,
  log: PortDependencies['log'],
): void {
  const fields = { job_id: jobId, webhook: number, verdict: verdict.type };
  const about = `webhook ${number} of job ${jobId} to ${shownUrl(url)}`;
  if (verdict.type === 'delivered') log.info(`${about} is delivered: answered ${verdict.status}`, fields);
  else if (verdict.type === 'givenUp') {
    const after = verdict.attempts === null ? '' : ` after attempt ${verdict.attempts}`;
    log.warn(`${about} is given up${after}: ${verdict.reason}`, fields);
  } else {
    const { attempts, wait, reason } = verdict;
    const again = `again in ${Math.round(wait / 1_000)} s`;
    log.warn(`${about} failed (attempt ${attempts}), ${again}: ${reason}`, { ...fields, attempt: attempts });
  }
}

/** Time as webhooks see it: deliveries are due by the journal's own, and signed with the wall clock's. Milliseconds. */
export interface SenderClock extends Clock {
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** A clock with the system's timers, of which none keeps the process. */
export const withTimers = (clock: Clock): SenderClock => ({
  ...clock,
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
});
