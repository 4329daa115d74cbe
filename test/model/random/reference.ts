import type { JobStatus } from '../../../src/schemas/job/job.ts';
import type { SystemOptions } from './system.ts';

type End = 'completed' | 'failed';

/** A job of the reference, with what its program does and what evald means to do about it. */
export type ReferenceJob = {
  id: string;
  key: string | null;
  body: string;
  priority: number;
  gpus: number;
  isStubborn: boolean;
  bytes: number;
  /** Whose it is; null: that is forgotten. */
  client: string | null;
  status: JobStatus;
  phase: 'working' | 'lingering' | 'terminating';
  /** Parts of a split job that are still to be begun; 0 of any other. */
  partsLeft: number;
  /** Whether a part has failed before the one under way. */
  hasFailed: boolean;
  /** Whether the end of a part is not on disk yet: nothing of the next one has begun. */
  isPartUnwritten: boolean;
  /** How the program itself ended. */
  exit: End | null;
  /** How the run was judged; its job has ended only when that is written. */
  end: End | null;
  /** The server asked a working program to end. */
  isStopped: boolean;
  /** Whether its end was asked for, and that is on disk; it is not while the journal cannot be written. */
  stop: 'written' | 'unwritten' | null;
  /** When it loses patience. */
  deadline: number;
};

export type Decision =
  | 'accepted'
  | 'repeated'
  | 'intakeClosed'
  | 'keyReused'
  | 'queueFull'
  | 'jobNotFound'
  | 'jobQueued'
  | 'jobNotQueued'
  | 'jobRunning'
  | 'jobFinished';

/** Whether a job is too large for those that wait; the only one never is. */
const isTooMuch = (waiting: readonly ReferenceJob[], { bytes }: Pick<ReferenceJob, 'bytes'>, most: number): boolean =>
  waiting.length > 0 && waiting.reduce((sum, job) => sum + job.bytes, bytes) > most;

/** What a scheduler is to do, told without actors, events and waiting. */
export class Reference {
  jobs = new Map<string, ReferenceJob>();
  queue: ReferenceJob[] = [];
  running: ReferenceJob[] = [];
  isPaused = false;
  isOpen = true;
  isBroken = false;
  /** A commit is under way: what is decided is not yet done. */
  isHeld = false;
  now = 0;
  readonly slots: number;
  readonly maxQueue: number;
  readonly grace: number;
  /** How many devices there are; null: they are not handed out. */
  readonly devices: number | null;

  readonly maxBytes: number;
  readonly maxBytesPerClient: number;

  constructor({ slots, maxQueue, grace, devices, maxQueueBytes, maxQueueBytesPerClient }: SystemOptions) {
    this.devices = devices?.length ?? null;
    this.maxBytes = maxQueueBytes ?? Infinity;
    this.maxBytesPerClient = maxQueueBytesPerClient ?? Infinity;
    this.slots = slots;
    this.maxQueue = maxQueue;
    this.grace = grace;
  }

  submit(
    given: Pick<
      ReferenceJob,
      'id' | 'key' | 'body' | 'priority' | 'gpus' | 'isStubborn' | 'partsLeft' | 'bytes' | 'client'
    >,
  ): Decision {
    if (!this.isOpen) return 'intakeClosed';
    const known = [...this.jobs.values()].find(({ key }) => given.key !== null && key === given.key);
    if (known) return known.body === given.body ? 'repeated' : 'keyReused';
    if (this.queue.length >= this.maxQueue) return 'queueFull';
    const own = this.queue.filter(({ client }) => client === given.client);
    if (isTooMuch(this.queue, given, this.maxBytes) || isTooMuch(own, given, this.maxBytesPerClient))
      return 'queueFull';
    if (!this.write()) return 'intakeClosed';
    const job = { ...given, status: 'queued', phase: 'working', exit: null, end: null } as const;
    const asked = { isStopped: false, stop: null, hasFailed: false, isPartUnwritten: false };
    this.queue.splice(this.position(given.priority), 0, { ...job, ...asked, deadline: Infinity });
    for (const queued of this.queue) this.jobs.set(queued.id, queued);
    this.start();
    return 'accepted';
  }

  /** How many start before a job that comes now: first in, first out within a priority. */
  position(priority: number): number {
    return this.queue.filter((job) => job.priority >= priority).length;
  }

  cancel(job: ReferenceJob | undefined): Decision {
    if (!this.isOpen) return 'intakeClosed';
    if (!job) return 'jobNotFound';
    if (job.status !== 'queued') return job.status === 'running' ? 'jobRunning' : 'jobFinished';
    if (!this.write()) return 'intakeClosed';
    this.queue = this.queue.filter((one) => one !== job);
    job.status = 'cancelled';
    // It may have been the one for whose devices all others waited.
    this.start();
    return 'accepted';
  }

  /** Within its new priority a job stands where it came. */
  reprioritise(job: ReferenceJob | undefined, priority: number): Decision {
    if (!this.isOpen) return 'intakeClosed';
    if (!job) return 'jobNotFound';
    if (job.status !== 'queued') return 'jobNotQueued';
    if (!this.write()) return 'intakeClosed';
    job.priority = priority;
    const arrivals = [...this.jobs.keys()];
    this.queue.sort((a, b) => b.priority - a.priority || arrivals.indexOf(a.id) - arrivals.indexOf(b.id));
    this.start();
    return 'accepted';
  }

  /** Null: the answer comes when what has happened to the job is written. */
  askToStop(job: ReferenceJob | undefined): Decision | null {
    if (!job) return 'jobNotFound';
    if (job.status === 'queued') return 'jobQueued';
    if (job.status !== 'running') return 'jobFinished';
    if (job.stop === 'unwritten') return 'intakeClosed';
    if (job.end !== null) return null;
    if (job.stop === 'written') return 'accepted';
    const isWritten = this.isOpen && this.write();
    this.requestStop(job, isWritten);
    return isWritten ? 'accepted' : 'intakeClosed';
  }

  /** The program is asked to end also while that cannot be written. @param isBegun whether there is one: between two parts there is none. */
  requestStop(job: ReferenceJob, isWritten: boolean, isBegun = !job.isPartUnwritten): void {
    if (job.stop !== null) return;
    job.stop = isWritten ? 'written' : 'unwritten';
    this.stop(job, isBegun);
  }

  stop(job: ReferenceJob, isBegun = true): void {
    if (job.end !== null || job.phase === 'terminating') return;
    job.isStopped = job.phase === 'working';
    job.phase = 'terminating';
    if (job.isStubborn && isBegun) job.deadline = this.now + this.grace;
    else this.end(job, 'failed');
  }

  /** The program ends, and leaves a process behind. */
  linger(job: ReferenceJob, exit: End): void {
    job.exit ??= exit;
    if (job.phase === 'working') Object.assign(job, { phase: 'lingering', deadline: this.now + this.grace });
  }

  end(job: ReferenceJob, exit: End): void {
    job.exit ??= exit;
    if (job.partsLeft > 0 && !job.isStopped && job.stop === null) {
      this.goOn(job);
      if (this.isOpen && !this.isHeld && this.write()) job.isPartUnwritten = false;
      return;
    }
    const isFailed = job.isStopped || job.hasFailed || job.partsLeft > 0;
    Object.assign(job, { end: isFailed ? 'failed' : job.exit, deadline: Infinity });
    if (this.isOpen && !this.isHeld && this.write()) this.conclude();
  }

  /** A part of a split job has ended, and the next one begins when that is on disk: one that failed keeps no other from running. */
  goOn(job: ReferenceJob): void {
    Object.assign(job, {
      ...{ partsLeft: job.partsLeft - 1, hasFailed: job.hasFailed || job.exit === 'failed', isPartUnwritten: true },
      ...{ phase: 'working', exit: null, end: null, isStopped: false, deadline: Infinity },
    });
  }

  second(): void {
    this.now += 1_000;
    for (const job of this.running.filter(({ deadline }) => deadline <= this.now)) {
      if (job.phase === 'lingering') this.stop(job);
      else this.end(job, 'failed');
    }
    if (!this.isOpen && !this.isBroken) this.open();
  }

  /** The server ends, and what runs with it. */
  interrupt(): void {
    for (const job of this.running.filter(({ end, isPartUnwritten }) => end === null && !isPartUnwritten)) {
      // What has ended by itself is a part like any other: the next server goes on behind it.
      const isOver = job.exit !== null && !job.isStopped && job.stop === null;
      if (isOver && job.partsLeft > 0) this.goOn(job);
      else {
        job.isStopped ||= job.partsLeft > 0;
        this.end(job, 'failed');
      }
    }
    this.open();
  }

  /** A new server: what was asked to end is asked again; what else runs is watched, and judged by what its program did. */
  restart(isUncertain = false): void {
    this.isHeld = false;
    this.forgetClients();
    for (const job of this.running) {
      if (job.stop === 'written') {
        const isLeft = job.isStubborn && job.end === null && !job.isPartUnwritten;
        Object.assign(job, { phase: 'terminating', isStopped: true, end: isLeft ? null : 'failed' });
        job.deadline = isLeft ? this.now + this.grace : Infinity;
        continue;
      }
      job.stop = null;
      // Nothing of the part that follows had begun.
      if (job.isPartUnwritten) Object.assign(job, { exit: null, end: null });
      // Why it began no other part was not written: the new server does.
      if (job.end !== null && job.partsLeft > 0) this.goOn(job);
      const end = job.end && (job.hasFailed ? 'failed' : job.exit);
      Object.assign(job, { phase: 'working', deadline: Infinity, isStopped: false, end });
      if (job.exit !== null && job.end === null) this.linger(job, job.exit);
    }
    if (!isUncertain) this.open();
  }

  /** Whose the jobs are is known for as long as a server lives. */
  forgetClients(): void {
    for (const job of this.jobs.values()) job.client = null;
  }

  open(): void {
    this.isOpen = true;
    if (this.isHeld) return;
    for (const job of this.running) if (job.isPartUnwritten && this.write()) job.isPartUnwritten = false;
    for (const job of this.running) if (job.stop === 'unwritten' && this.write()) job.stop = 'written';
    if (this.running.some(({ end }) => end !== null) && this.write()) this.conclude();
    this.start();
  }

  conclude(): void {
    for (const job of this.running) job.status = job.end ?? job.status;
    this.running = this.running.filter(({ end }) => end === null);
    this.start();
  }

  start(): void {
    const mayStart = () => this.isOpen && !this.isPaused && this.running.length < this.slots;
    while (mayStart() && this.hasDevicesForNext() && this.queue.length > 0 && this.write()) {
      const next = this.queue.shift();
      if (next) this.running.push(Object.assign(next, { status: 'running' }));
    }
  }

  /** Whether the first that waits can have its devices. Nobody overtakes it. */
  hasDevicesForNext(): boolean {
    const taken = this.running.reduce((sum, { gpus }) => sum + gpus, 0);
    return (this.queue[0]?.gpus ?? 0) <= (this.devices ?? Infinity) - taken;
  }

  /** Whether the journal takes a change. The first that it does not take closes intake. */
  write(): boolean {
    if (this.isBroken) this.isOpen = false;
    return !this.isBroken;
  }
}
