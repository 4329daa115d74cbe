import { expect } from 'vitest';
import type { Transition } from '../../../src/journal/contract.ts';
import type { JobStatus } from '../../../src/schemas/job.ts';

/**
 * Reads the journal transition by transition, and knows what may follow what: the life of a job, the order of the queue,
 * the number of slots. It trusts nothing else, so it holds whatever was under way and whoever crashed.
 */
export class Ledger {
  readonly statuses = new Map<string, JobStatus>();
  /** Jobs in the order in which they ended. */
  readonly ended: string[] = [];
  readonly keys = new Map<string, string>();
  queue: string[] = [];
  running: string[] = [];
  /** Jobs whose run is on disk: the next server knows it. */
  readonly launched = new Set<string>();
  readonly #slots: number;
  #read = 0;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Reads on. @returns the jobs whose state changed. @throws when what follows must not. */
  readOn(log: readonly Transition[]): string[] {
    const news = log.slice(this.#read);
    this.#read = log.length;
    for (const transition of news) this.#take(transition);
    return news.map(({ jobId }) => jobId);
  }

  #take(transition: Transition): void {
    const { jobId, type } = transition;
    const status = this.statuses.get(jobId);
    const text = `${type} of a job that is ${status ?? 'not there'}`;
    switch (transition.type) {
      case 'submitted': {
        expect(status, text).toBeUndefined();
        const { idempotency } = transition.job;
        if (idempotency !== null) {
          expect(this.keys.has(idempotency.key), 'a key submitted twice').toBe(false);
          this.keys.set(idempotency.key, jobId);
        }
        this.queue.push(jobId);
        this.statuses.set(jobId, 'queued');
        return;
      }
      case 'started':
        expect(status, text).toBe('queued');
        expect(this.queue[0], 'the head of the queue starts').toBe(jobId);
        this.queue.shift();
        this.running.push(jobId);
        expect(this.running.length, 'slots').toBeLessThanOrEqual(this.#slots);
        this.statuses.set(jobId, 'running');
        return;
      case 'launched':
        expect(status, text).toBe('running');
        expect(this.launched.has(jobId), 'recorded twice').toBe(false);
        this.launched.add(jobId);
        return;
      case 'cancelled':
        expect(status, text).toBe('queued');
        this.queue = this.queue.filter((id) => id !== jobId);
        this.ended.push(jobId);
        this.statuses.set(jobId, 'cancelled');
        return;
      case 'completed':
      case 'failed':
        expect(status, text).toBe('running');
        this.running = this.running.filter((id) => id !== jobId);
        this.ended.push(jobId);
        this.statuses.set(jobId, transition.type);
        return;
    }
  }
}
