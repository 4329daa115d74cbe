import type { NewJob } from '../../schemas/job/job.ts';
import type { Secrets } from '../../schemas/secrets/secretRequest.ts';
import * as tree from './orderedTree.ts';
import { type SchedulerContext, waitingJobs } from './schedulerContext.ts';
import type { Refusal, SubmitCommand } from './schedulerEvents.ts';
import { VersionedMap } from './versionedMap.ts';

/**
 * What a job takes while it waits: bytes of its request as JSON, and the client that they are counted for. The client is null
 * where it is not known: addresses are not kept, so that after a restart only the holders of tokens are.
 */
export type Share = { readonly bytes: number; readonly client: string | null };

/** The client that the holder of a token is. */
export const tokenClient = (name: string): string => `token ${name}`;

/**
 * What a new job takes: its request, its options, what was odd about it, and what it keeps back, as JSON.
 * @param client null: the holder of the token with which it was submitted, if there is one.
 */
export function shareOf(job: NewJob, secrets: Secrets | null, client: string | null): Share {
  const { request, options, warnings, submittedBy } = job;
  const values = [request, options, warnings, ...(secrets === null ? [] : [secrets.reveal()])];
  const bytes = values.reduce((sum, value) => sum + Buffer.byteLength(JSON.stringify(value)), 0);
  return { bytes, client: client ?? clientOfToken(submittedBy) };
}

/** The client that submitted with a token; null without one. */
export const clientOfToken = (name: string | null): string | null => (name === null ? null : tokenClient(name));

const byName: tree.Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The bytes of the jobs that wait, or are about to: of all, and of each client. A value, as the queue is: every change
 * returns a new one.
 */
export class WaitingBytes {
  /** Nothing waits; what comes of it shares nothing with what comes of another. */
  static get none(): WaitingBytes {
    return new WaitingBytes(VersionedMap.of(), null, 0);
  }

  readonly #shares: VersionedMap<string, Share>;
  readonly #clients: tree.Tree<string, number>;
  readonly total: number;

  private constructor(shares: VersionedMap<string, Share>, clients: tree.Tree<string, number>, total: number) {
    this.#shares = shares;
    this.#clients = clients;
    this.total = total;
  }

  /** The share of a job; undefined if it is not counted. */
  of(jobId: string): Share | undefined {
    return this.#shares.get(jobId);
  }

  ofClient(client: string): number {
    return tree.find(this.#clients, byName, client) ?? 0;
  }

  /** With a job that is not counted yet. */
  with(jobId: string, share: Share): WaitingBytes {
    return new WaitingBytes(this.#shares.with(jobId, share), this.#counted(share, 1), this.total + share.bytes);
  }

  /** The same if it was not counted. */
  without(jobId: string): WaitingBytes {
    const share = this.of(jobId);
    if (share === undefined) return this;
    return new WaitingBytes(this.#shares.without(jobId), this.#counted(share, -1), this.total - share.bytes);
  }

  #counted({ bytes, client }: Share, sign: 1 | -1): tree.Tree<string, number> {
    if (client === null) return this.#clients;
    const sum = this.ofClient(client) + sign * bytes;
    return sum === 0 ? tree.remove(this.#clients, byName, client) : tree.insert(this.#clients, byName, client, sum);
  }
}

/**
 * Why a new job may not wait with those that do: there are too many, or their requests are too large together, those of all or
 * those of its client. Null: it may. A request that would be the only one always may: else it never could.
 */
export function fullRefusal(context: SchedulerContext, { share }: Pick<SubmitCommand, 'share'>): Refusal | null {
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
