import { type SchedulerContext, waitingJobs } from './schedulerContext.ts';
import type { Refusal, Submission } from './schedulerEvents.ts';

/**
 * Why a new job may not wait with those that do: there are too many, or their requests are too large together, those of all or
 * those of its client. Null: it may. A request that would be the only one always may: else it never could.
 */
export function fullRefusal(context: SchedulerContext, { share }: Submission): Refusal | null {
  const { maxQueue, maxQueueBytes, maxQueueBytesPerClient, waitingBytes } = context;
  if (waitingJobs(context) >= maxQueue) return full(`The queue is full: ${maxQueue} jobs wait (--max-queue)`);
  const { bytes, client } = share;
  const { total } = waitingBytes;
  const andThis = `and this one has ${bytes}`;
  if (total > 0 && total + bytes > maxQueueBytes) {
    const what = `the requests that wait have ${total} of ${maxQueueBytes} bytes (--max-queue-bytes)`;
    return full(`The queue is full: ${what}, ${andThis}`);
  }
  const own = client === null ? 0 : waitingBytes.ofClient(client);
  if (own > 0 && own + bytes > maxQueueBytesPerClient) {
    const what = `your requests that wait have ${own} of ${maxQueueBytesPerClient} bytes (--max-queue-bytes-per-client)`;
    return full(`The queue is full for you: ${what}, ${andThis}`);
  }
  return null;
}

const full = (what: string): Refusal => ({
  accepted: false,
  code: 'queueFull',
  message: `${what}. Try again later.`,
});
