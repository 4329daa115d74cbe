import { expect } from 'vitest';
import { jobInfo } from '../../../src/projections/job.ts';
import type { JobScheduler } from '../../../src/scheduler/jobScheduler.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { Ledger } from './ledger.ts';
import { Reference, type ReferenceJob } from './reference.ts';
import { type Pending, type System, type SystemOptions, sizeOf } from './system.ts';

/** What a system is compared with: what it is to do, and what its journal may hold. */
export class Model {
  readonly reference: Reference;
  readonly ledger: Ledger;
  /** Questions asked while commits were held. */
  readonly pending: Pending[] = [];
  /** Requests to stop a job whose end is not written yet. */
  readonly waiting: Pending[] = [];

  constructor(options: SystemOptions) {
    this.reference = new Reference(options);
    this.ledger = new Ledger(options.slots);
  }

  /**
   * Takes over what came of changes that were under way together: in which order they were done is the scheduler's to
   * decide, and the ledger knows whether it was a right one.
   */
  synchronize(system: System, isHeld = false): void {
    const { reference, ledger } = this;
    ledger.readOn(system.journal.commits);
    const isOpen = system.scheduler.getHealth().degraded === null;
    const stops: Pending[] = [];
    for (const pending of this.pending.splice(0)) {
      if (pending.decision !== null) expectAnswered(pending, ledger);
      else if (isHeld) this.pending.push(pending);
      else if (!isOpen && ledger.statuses.get(String(pending.jobId)) === 'running') this.waiting.push(pending);
      else expectAnswered(pending, ledger);
      if (pending.isStop) stops.push(pending);
    }
    const submissions = system.log.flatMap((one) => (one.type === 'submitted' ? [one.job] : []));
    for (const { jobId, idempotency, request, options, warnings } of submissions) {
      const status = ledger.statuses.get(jobId) ?? 'queued';
      const known = reference.jobs.get(jobId);
      const job: ReferenceJob = known ?? {
        ...{ partsLeft: request.tasks.length - 1, hasFailed: false, isPartUnwritten: false },
        id: jobId,
        key: idempotency?.key ?? null,
        body: idempotency?.requestHash ?? '',
        priority: options.priority,
        gpus: request.num_gpus,
        isStubborn: request.model === 'stubborn',
        bytes: sizeOf({ request, options, warnings }),
        client: request.device,
        phase: 'working',
        exit: null,
        end: null,
        ...{ isStopped: false, stop: null },
        deadline: Number.POSITIVE_INFINITY,
        status,
      };
      const priority = ledger.priorities.get(jobId) ?? options.priority;
      const ended = request.tasks.length - 1 - job.partsLeft;
      // One that could not be written may have been written while commits were held.
      if (job.stop === 'unwritten' && ledger.stopped.has(jobId)) job.stop = 'written';
      const isPartUnwritten = (ledger.parts.get(jobId) ?? 0) < ended;
      reference.jobs.set(jobId, Object.assign(job, { status, priority, isPartUnwritten }));
    }
    const jobsOf = (ids: readonly string[]) => ids.flatMap((id) => reference.jobs.get(id) ?? []);
    Object.assign(reference, {
      queue: jobsOf(ledger.queue),
      running: jobsOf(ledger.running),
      isHeld,
      isOpen,
    });
    for (const pending of stops) this.stopOn(pending, system);
  }

  /** A run is asked to end when that is on disk, or when it is known that it cannot be. */
  stopOn({ jobId, decision }: Pending, { programs }: System): void {
    const job = this.reference.jobs.get(String(jobId));
    if (job?.status !== 'running' || (decision !== 'accepted' && decision !== 'intakeClosed')) return;
    // Whether the next part had begun when it came is the scheduler's to decide, where its own end was under way, too.
    const isBegun = programs.left().some((run) => run.startsWith(job.id));
    this.reference.requestStop(job, decision === 'accepted', isBegun);
  }

  /** Of the commit under way when a server crashed only the journal knows whether it has landed. */
  readStops({ journal }: System): void {
    const stopped = journal.commits.flat().filter(({ type }) => type === 'stopRequested');
    for (const job of this.reference.running)
      job.stop = stopped.some(({ jobId }) => jobId === job.id) ? 'written' : null;
  }
}

/** After a turn of the event loop nothing waits for an answer, and what was accepted is on disk. */
function expectAnswered({ decision, jobId, isStop }: Pending, { statuses, stopped }: Ledger): void {
  expect(decision, 'an answer').not.toBeNull();
  if (decision === 'accepted' || decision === 'repeated') expect(statuses.has(String(jobId)), 'on disk').toBe(true);
  if (decision === 'accepted' && isStop) expect(stopped.has(String(jobId)), 'a stop on disk').toBe(true);
}

/** What of a job comes from its record alone. */
function kept(job: JobInfo): object {
  const { progress, backend, position_in_queue, waiting_for, expected_start_at, expected_end_at, ...rest } = job;
  return rest;
}

/** A job is told as it is on disk, with the times and the outcome that its state has. */
function expectAsStored(jobId: string, scheduler: JobScheduler, { journal }: System['journal'], ledger: Ledger): void {
  const job = scheduler.getJob(jobId);
  const record = journal.find(jobId);
  expect(job && kept(job), 'what is live').toEqual(record && kept(jobInfo(record)));
  const status = ledger.statuses.get(jobId);
  const { started_at, completed_at, metrics, failure_kind } = job ?? {};
  expect(job?.status).toBe(status);
  expect([started_at !== null, completed_at !== null, metrics !== null, failure_kind !== null], status).toEqual([
    status !== 'queued' && status !== 'cancelled',
    status !== 'queued' && status !== 'running',
    status === 'completed',
    status === 'failed',
  ]);
}

/** What holds after every command, whatever was under way and whoever crashed. */
export function checkInvariants(
  { reference, ledger, waiting }: Model,
  { scheduler, programs, options, journal, strangeProblems }: System,
): void {
  const changed = ledger.readOn(journal.commits);
  const stats = scheduler.getQueueStats();
  const { slots, maxCompletedJobs } = options;
  expect(strangeProblems).toEqual([]);

  // Board, journal and reference agree, and the counts add up.
  expect(stats.queued, 'queue').toEqual(ledger.queue);
  expect(stats.runningJobs.toSorted(), 'running').toEqual(ledger.running.toSorted());
  const live = ledger.ended
    .slice(Math.max(0, ledger.ended.length - maxCompletedJobs))
    .map((id) => ledger.statuses.get(id));
  for (const status of ['completed', 'failed', 'cancelled'] as const) {
    expect(stats[status], status).toBe(live.filter((one) => one === status).length);
  }
  const health = scheduler.getHealth();
  expect([health.queued, health.running]).toEqual([stats.queued.length, stats.runningJobs.length]);
  for (const jobId of changed) expectAsStored(jobId, scheduler, journal, ledger);
  if (!reference.isHeld) {
    expect(ledger.queue, 'the queue').toEqual(reference.queue.map(({ id }) => id));
    expect(ledger.running.toSorted(), 'what runs').toEqual(reference.running.map(({ id }) => id).toSorted());
    for (const { id, status } of reference.jobs.values())
      expect(ledger.statuses.get(id), 'state of a job').toBe(status);
    for (const { id, stop } of reference.running)
      expect(ledger.stopped.has(id), 'a request to stop on disk').toBe(stop === 'written');
    expect(health.degraded === null, 'intake').toBe(reference.isOpen);
    expect(scheduler.isPaused(), 'paused').toBe(reference.isPaused);
    // Whoever asked to stop a job that had ended waits only as long as its end is not written.
    for (const pending of waiting.splice(0)) {
      const isWritten = reference.jobs.get(String(pending.jobId))?.status !== 'running';
      expect(pending.decision, 'a late answer').toBe(isWritten ? 'jobFinished' : null);
      if (!isWritten) waiting.push(pending);
    }
    if (reference.isOpen)
      expect(
        ledger.running.filter((id) => !ledger.launched.has(id)),
        'runs to find again',
      ).toEqual([]);
  }

  // Positions are 0..n-1; slots are never overrun, nor is a program launched twice.
  const positions = stats.queued.map((id) => scheduler.getJobWithPosition(id)?.position_in_queue);
  expect(positions).toEqual(stats.queued.map((_, position) => position));
  expect(programs.left().length, 'programs').toBeLessThanOrEqual(slots);
  const devices = programs.left().flatMap((jobId) => programs.devicesOf(jobId));
  expect(devices, 'devices are of one program each').toEqual([...new Set(devices)]);
  expect(programs.launches, 'launched once').toEqual([...new Set(programs.launches)]);

  // Nothing waits for nothing.
  const isFree = reference.isOpen && !reference.isPaused && !reference.isHeld && !reference.isBroken;
  if (isFree && stats.runningJobs.length < slots && reference.hasDevicesForNext())
    expect(stats.queued, 'a slot is free').toEqual([]);
}
