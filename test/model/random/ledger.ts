import { expect } from 'vitest';
import type { Transition } from '../../../src/machines/ports/journal.ts';
import type { JobStatus } from '../../../src/schemas/job/job.ts';

/** The life of a job that is imported: from and to. */
const importSteps: { [type in Transition['type']]?: [JobStatus | undefined, JobStatus] } = {
  submitted: [undefined, 'queued'],
  started: ['queued', 'running'],
  completed: ['running', 'completed'],
};

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
  /** Jobs whose runs were asked to end: while one runs, the next server goes on with it. */
  readonly stopped = new Set<string>();
  /** Of split jobs how many parts have ended. */
  readonly parts = new Map<string, number>();
  readonly priorities = new Map<string, number>();
  /** Jobs of the commit that is read and of the one before it, which a start may not know of yet. */
  #recent: [string[], string[]] = [[], []];
  /** Devices of the running jobs. */
  readonly devices = new Map<string, readonly string[]>();
  /** Jobs that are being imported. */
  readonly #importing = new Set<string>();
  readonly #slots: number;
  #read = 0;
  readonly #isPlain: boolean;

  /** @param isPlain whether jobs start as they came, within a priority, and a device is of one. */
  constructor(slots: number, isPlain = true) {
    this.#slots = slots;
    this.#isPlain = isPlain;
  }

  /** Reads on. @returns the jobs whose state changed. @throws when what follows must not. */
  readOn(commits: readonly (readonly Transition[])[]): string[] {
    const news = commits.slice(this.#read);
    this.#read = commits.length;
    for (const commit of news) {
      this.#recent = [[], this.#recent[0]];
      for (const transition of commit) this.#take(transition);
      expect([...this.#importing], 'what is imported is whole in its commit').toEqual([]);
    }
    return news.flat().map(({ jobId }) => jobId);
  }

  #takeKey(transition: Transition): void {
    if (transition.type !== 'submitted' || transition.job.idempotency === null) return;
    const { key } = transition.job.idempotency;
    expect(this.keys.has(key), 'a key submitted twice').toBe(false);
    this.keys.set(key, transition.jobId);
  }

  /** How many start before a job that comes now. */
  #position(priority: number): number {
    return this.queue.filter((id) => (this.priorities.get(id) ?? 0) >= priority).length;
  }

  /** Whether a job may start: it is the first, but for those that came in, or got ahead, while its start was under way. */
  #isNext(jobId: string): boolean {
    const ahead = this.queue.slice(0, this.queue.indexOf(jobId));
    const priority = this.priorities.get(jobId) ?? 0;
    return ahead.every((id) => this.#recent.flat().includes(id) && (this.priorities.get(id) ?? 0) >= priority);
  }

  /** It neither waits nor runs, and ends in the commit in which it comes to be. */
  #takeImported({ jobId, type }: Transition): void {
    const [before, after] = importSteps[type] ?? [];
    expect(after, `${type} of an import`).toBeDefined();
    expect(this.statuses.get(jobId), `${type} of an import`).toBe(before);
    if (after !== undefined) this.statuses.set(jobId, after);
    if (after === 'completed') this.ended.push(jobId);
    if (after === 'completed') this.#importing.delete(jobId);
    else this.#importing.add(jobId);
  }

  #take(transition: Transition): void {
    if (transition.imported) {
      this.#takeKey(transition);
      this.#takeImported(transition);
      return;
    }
    const { jobId, type } = transition;
    const status = this.statuses.get(jobId);
    const text = `${type} of a job that is ${status ?? 'not there'}`;
    switch (transition.type) {
      case 'submitted': {
        expect(status, text).toBeUndefined();
        this.#takeKey(transition);
        const { priority } = transition.job.options;
        this.queue.splice(this.#position(priority), 0, jobId);
        this.priorities.set(jobId, priority);
        this.#recent[0].push(jobId);
        this.statuses.set(jobId, 'queued');
        return;
      }
      case 'started':
        expect(status, text).toBe('queued');
        if (this.#isPlain) expect(this.#isNext(jobId), 'the head of the queue starts').toBe(true);
        this.queue = this.queue.filter((id) => id !== jobId);
        this.running.push(jobId);
        expect(this.running.length, 'slots').toBeLessThanOrEqual(this.#slots);
        this.statuses.set(jobId, 'running');
        for (const name of this.#isPlain ? (transition.devices ?? []) : []) {
          expect([...this.devices.values()].flat(), 'devices in use').not.toContain(name);
        }
        this.devices.set(jobId, transition.devices ?? []);
        return;
      case 'launched':
        expect(status, text).toBe('running');
        expect(this.launched.has(jobId), 'recorded twice').toBe(false);
        this.launched.add(jobId);
        return;
      case 'placed':
        expect(status, text).toBe('running');
        expect(this.launched.has(jobId), 'launched before it is placed').toBe(true);
        return;
      case 'stopRequested':
        expect(status, text).toBe('running');
        expect(this.stopped.has(jobId), 'asked to end twice').toBe(false);
        this.stopped.add(jobId);
        return;
      case 'taskCompleted':
        expect(status, text).toBe('running');
        expect(transition.part.number, 'parts end in order').toBe((this.parts.get(jobId) ?? 0) + 1);
        this.parts.set(jobId, transition.part.number);
        this.launched.delete(jobId);
        return;
      case 'attemptFailed':
        expect(status, text).toBe('running');
        this.launched.delete(jobId);
        return;
      case 'withdrawn':
        expect(status, text).toBe('running');
        this.launched.delete(jobId);
        return;
      case 'reprioritised': {
        expect(status, text).toBe('queued');
        this.priorities.set(jobId, transition.priority);
        this.#recent[0].push(jobId);
        const arrivals = [...this.statuses.keys()];
        const priorityOf = (id: string) => this.priorities.get(id) ?? 0;
        this.queue.sort((a, b) => priorityOf(b) - priorityOf(a) || arrivals.indexOf(a) - arrivals.indexOf(b));
        return;
      }
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
        this.devices.delete(jobId);
        this.ended.push(jobId);
        this.statuses.set(jobId, transition.type);
        return;
    }
  }
}
