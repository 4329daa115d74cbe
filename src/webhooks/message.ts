import { createHmac } from 'node:crypto';
import type { Delivery } from '../journal/contract.ts';
import type { JobInfo } from '../schemas/job.ts';

/** What a receiver gets. */
export type Message = { headers: Record<string, string>; body: string };

/**
 * An ended job as it is posted: the body is what `GET /jobs/{id}` answers.
 * @param at milliseconds since 1970; signed with the body, so that a receiver can refuse what is old.
 */
export function messageOf(job: JobInfo, { number }: Pick<Delivery, 'number'>, sender: Sender, at: number): Message {
  const body = JSON.stringify(job);
  const timestamp = String(Math.floor(at / 1_000));
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': `evald/${sender.version}`,
      'X-Evald-Event': `job.${job.status}`,
      'X-Evald-Delivery': String(number),
      'X-Evald-Timestamp': timestamp,
      'X-Evald-Signature': `sha256=${sign(sender.secret, timestamp, body)}`,
    },
  };
}

/** Who signs. */
export type Sender = { version: string; secret: string };

/** HMAC-SHA256 of `<timestamp>.<body>`, hex. */
function sign(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
