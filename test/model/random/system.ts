import { setImmediate } from 'node:timers/promises';
import { SimulatedClock } from 'xstate';
import type { Journal } from '../../../src/machines/ports/journal.ts';
import { JobScheduler } from '../../../src/scheduler/jobScheduler.ts';
import { onePool } from '../../../src/schemas/engine/devicePool.ts';
import type { NewJob } from '../../../src/schemas/job/job.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../../support/jobs/controlledJournal.ts';
import { request } from '../../support/requests/request.ts';
import { type Life, programs } from './programs.ts';
import type { Decision } from './reference.ts';

export type SystemOptions = {
  slots: number;
  maxQueue: number;
  maxQueueBytes?: number;
  maxQueueBytesPerClient?: number;
  grace: number;
  maxCompletedJobs: number;
  devices?: string[];
};

/** What a submission, a cancellation or a stop was answered: null while it waits. */
export type Pending = { decision: Decision | null; jobId: string | null; position: number | null; isStop?: boolean };

/** What is submitted: a request of a size, which says of which client it is, that the journal tells it too. */
export type Sent = {
  model: 'stubborn' | 'gentle';
  priority: number;
  gpus: number;
  key: string | null;
  body: string;
  size: number;
  client: 'x' | 'y';
  /** Parts of a split job; 1: it is not split. */
  parts: number;
};

const sentRequest = ({
  model,
  gpus,
  size,
  client,
  parts,
}: Pick<Sent, 'model' | 'gpus' | 'size' | 'client' | 'parts'>) =>
  request({
    ...{ model, num_gpus: gpus, gen_kwargs: ' '.repeat(size), device: client },
    tasks: Array.from({ length: parts }, (_, index) => `t${index + 1}`),
  });

/** Bytes of a job as JSON while it waits. */
export const sizeOf = ({ request, options, warnings }: Pick<NewJob, 'request' | 'options' | 'warnings'>): number =>
  [request, options, warnings].map((part) => JSON.stringify(part)).join('').length;

/** The same before it is submitted. */
export const sizeOfSent = (sent: Sent): number =>
  sizeOf({
    request: sentRequest(sent),
    options: { ...noOptions, harness: 'controlled', priority: sent.priority, split: sent.parts > 1 },
    warnings: [],
  });

/** A scheduler with its journal and its programs, both of which outlive it. */
export class System {
  readonly journal = controlledJournal();
  readonly programs = programs();
  readonly problems: string[] = [];
  readonly options: SystemOptions;
  scheduler: JobScheduler;
  clock = new SimulatedClock();
  /** Milliseconds since 1970. No two changes are of the same time, so that it is plain which came first. */
  #time = 1_000;
  #life: Life & { lands: boolean } = { isOver: false, lands: false };
  #held: PromiseWithResolvers<void> | null = null;

  constructor(options: SystemOptions) {
    this.options = options;
    this.scheduler = this.#create();
  }

  get log() {
    return this.journal.commits.flat();
  }

  /** What was said of the journal, and nothing else: that it cannot be written, and that it can again. */
  get strangeProblems() {
    return this.problems.filter((text) => !/^the journal can(not be written: disk full| be written again)/.test(text));
  }

  /** Lets everything happen that follows: nothing here takes longer than a turn of the event loop. */
  settle(): Promise<void> {
    return setImmediate();
  }

  submit({ model, priority, gpus, key, body, size, client, parts }: Sent): Pending {
    const idempotency = key === null ? null : { key, requestHash: body };
    const pending: Pending = { decision: null, jobId: null, position: null };
    this.scheduler
      .addJob(sentRequest({ model, gpus, size, client, parts }), {
        idempotency,
        options: { ...noOptions, priority, split: parts > 1 },
        client,
      })
      .then(
        ({ jobId, position, repeated }) =>
          Object.assign(pending, { decision: repeated ? 'repeated' : 'accepted', jobId, position }),
        ({ code }) => Object.assign(pending, { decision: code }),
      );
    return pending;
  }

  cancel(jobId: string): Pending {
    const pending: Pending = { decision: null, jobId, position: null };
    this.scheduler.cancelJob(jobId).then(
      () => Object.assign(pending, { decision: 'accepted' }),
      ({ code }) => Object.assign(pending, { decision: code }),
    );
    return pending;
  }

  reprioritise(jobId: string, priority: number): Pending {
    const pending: Pending = { decision: null, jobId, position: null };
    this.scheduler.reprioritiseJob(jobId, priority).then(
      (position) => Object.assign(pending, { decision: 'accepted', position }),
      ({ code }) => Object.assign(pending, { decision: code }),
    );
    return pending;
  }

  stopJob(jobId: string): Pending {
    const pending: Pending = { decision: null, jobId, position: null, isStop: true };
    this.scheduler.stopJob(jobId).then(
      () => Object.assign(pending, { decision: 'accepted' }),
      ({ code }) => Object.assign(pending, { decision: code }),
    );
    return pending;
  }

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** Lets the commit under way succeed or fail; the next is held. */
  step(error?: Error): void {
    const held = this.#held;
    this.hold();
    held?.promise.catch(() => {});
    if (error === undefined) held?.resolve();
    else held?.reject(error);
  }

  /** Ends the server as a crash does; of a commit under way it is open whether it reached the disk. */
  async crash(lands: boolean): Promise<void> {
    Object.assign(this.#life, { isOver: true, lands });
    this.release();
    await this.settle();
    await this.#restart();
  }

  /** Ends the server as an operator does. @returns after how many seconds. @throws when it does not come to an end. */
  async stop(runs: 'stop' | 'leave'): Promise<number> {
    let isStopped = false;
    this.scheduler.stop(runs).then(() => {
      isStopped = true;
    });
    await this.settle();
    let seconds = 0;
    for (; !isStopped; seconds++) {
      if (seconds > 60) throw new Error('the server does not come to an end');
      this.clock.increment(1_000);
      await this.settle();
    }
    this.#life.isOver = true;
    await this.#restart();
    return seconds;
  }

  async #restart(): Promise<void> {
    this.#life = { isOver: false, lands: false };
    this.clock = new SimulatedClock();
    this.scheduler = this.#create();
    await this.scheduler.start();
    await this.settle();
  }

  #create(): JobScheduler {
    const life = this.#life;
    const { journal } = this.journal;
    const never = new Promise<never>(() => {});
    const living: Journal = {
      ...journal,
      append: async (transitions) => {
        await this.#held?.promise;
        if (life.isOver && !life.lands) return never;
        // Of what a server has begun when it crashes, at most the commit under way lands.
        if (life.isOver) life.lands = false;
        await journal.append(transitions);
        return life.isOver ? never : undefined;
      },
      probe: () => (life.isOver ? never : journal.probe()),
    };
    const { clock, problems } = this;
    const runs = this.programs.runsOf(life);
    const onProblem = (text: string) => problems.push(text);
    const history = { jobs: 10_000, age: 1e15 };
    const now = () => ++this.#time;
    return new JobScheduler(
      { runs, journal: living, clock, now, monotonic: now, onProblem },
      // The reference lets no job pass the first one: test/model/ordering has those that may.
      {
        ...this.options,
        history,
        backfillDepth: 0,
        pools: this.options.devices ? onePool(this.options.devices) : null,
      },
    );
  }
}
