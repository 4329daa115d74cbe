import { createHmac } from 'node:crypto';
import type { Delivery } from '../machines/ports/journal.ts';
import type { JobInfo } from '../schemas/job/job.ts';

/** What a receiver gets. */
export type Message = { headers: Record<string, string>; body: string };

/** The server that signs. */
export type Sender = { version: string; secret: string };

/**
 * An ended job as it is posted: the body is what `GET /jobs/{id}` answers. It is signed twice: with evald's own headers, and
 * as the Standard Webhooks specification has it (standardwebhooks.com), for receivers with a library of theirs.
 * @param at milliseconds since 1970; signed with the body, so that a receiver can refuse what is old.
 */
export function messageOf(
  job: JobInfo,
  { number, jobId }: Pick<Delivery, 'number' | 'jobId'>,
  { version, secret }: Sender,
  at: number,
): Message {
  const body = JSON.stringify(job);
  const timestamp = String(Math.floor(at / 1_000));
  // The same each time that it is tried, and of no other message.
  const id = `${jobId}-${number}`;
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': `evald/${version}`,
      'X-Evald-Event': `job.${job.status}`,
      'X-Evald-Delivery': String(number),
      'X-Evald-Timestamp': timestamp,
      'X-Evald-Signature': `sha256=${hmac(secret, `${timestamp}.${body}`).toString('hex')}`,
      'Webhook-Id': id,
      'Webhook-Timestamp': timestamp,
      'Webhook-Signature': `v1,${hmac(keyOf(secret), `${id}.${timestamp}.${body}`).toString('base64')}`,
    },
  };
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The key of a secret as Standard Webhooks writes them: `whsec_` and base64. Of any other, its text. */
function keyOf(secret: string): string | Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/]{2,}={0,2})$/.exec(secret)?.[1];
  return encoded === undefined ? secret : Buffer.from(encoded, 'base64');
}
