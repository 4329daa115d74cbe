import { assign, setup } from 'xstate';
import type { FailedAttempt } from '../../schemas/job/attempt.ts';
import type { JobRecord, StopRequest } from '../../schemas/job/jobRecord.ts';
import type { CompletedOutcome, FailedOutcome } from '../../schemas/job/outcome.ts';
import type { LaunchedRun, Placement, Progress } from '../../schemas/job/run.ts';

/**
 * When something happened: `at` to be shown, `monotonic` to be measured by (absent: not known). Both come with the event: a job
 * has no clock of its own.
 */
type Moment = { at: number; monotonic?: number };

/** What becomes known of a running job. `run` null: it was taken back before it began. `placement`: its engine has put it on a node. */
type JobNews = { run?: LaunchedRun | null; placement?: Placement; progress?: Progress; place?: LivePlacement };

export type JobEvent =
  | ({ type: 'job.start'; devices?: readonly string[] } & Moment)
  | ({ type: 'job.progress' } & JobNews)
  /** The run of part `number` has ended, and is on record with what it measured. */
  | { type: 'job.taskCompleted'; number: number }
  /** An attempt has failed, and another one follows: it is without a run until then. */
  | { type: 'job.attemptFailed'; attempt: FailedAttempt }
  | { type: 'job.stopRequested'; request: StopRequest }
  | ({ type: 'job.complete'; outcome: CompletedOutcome } & Moment)
  | ({ type: 'job.fail'; outcome: FailedOutcome } & Moment)
  | { type: 'job.reprioritise'; priority: number }
  | ({ type: 'job.cancel'; cancelledFor?: string } & Moment);

/**
 * Where a run is and how it is there, as its engine said last. The node is empty while there is none. `id`: what the engine
 * calls the run now, if that is no longer what its handle says.
 */
export type LivePlacement = { node: string; state: string; id?: string };

/**
 * What is kept of a job, and how far and where its run is. Its request, its outcome and what its parts measured, which may have megabytes, are
 * in its row alone.
 */
export type JobContext = Omit<JobRecord, 'status' | 'request' | 'outcome' | 'parts'> & {
  /** Parts that have ended: of these the row has all that is known. */
  partsEnded: number;
  progress: Progress | null;
  place: LivePlacement | null;
};

/** What is known of a job by its record: nothing is observed yet. */
export function jobContext({ status: _, request: __, outcome: ___, parts, ...known }: JobRecord): JobContext {
  return { ...known, partsEnded: parts.length, ...notObserved };
}

/** How far and where the run of a job is while nothing was observed of it. */
export const notObserved = { progress: null, place: null };

/**
 * One evaluation, from the moment it was acknowledged.
 *
 * It waits (`queued`), maybe with another priority than it came with, until the scheduler starts it (`running`) or a client
 * cancels it. A running job ends exactly once:
 * `completed` with this run's own results, or `failed` with a kind. While it runs, progress, the end of a part or of an attempt and a request to
 * stop change what is known of it, never its state. There are no invokes and no timers: a job does nothing by itself, so it can be restored from
 * its row and any path can be replayed.
 */
export const jobMachine = setup({
  types: {
    context: {} as JobContext,
    events: {} as JobEvent,
    input: {} as JobContext,
  },
  actions: {
    noteStart: assign((_, params: Moment & { devices?: readonly string[] }) => ({
      startedAt: params.at,
      startedMonotonic: params.monotonic ?? null,
      devices: params.devices === undefined ? null : [...params.devices],
    })),
    noteEnd: assign((_, params: Moment & { cancelledFor?: string }) => ({
      endedAt: params.at,
      endedMonotonic: params.monotonic ?? null,
      cancelledFor: params.cancelledFor ?? null,
    })),
    noteProgress: assign(({ context }, { run = context.run, placement, progress, place }: JobNews) => ({
      run: run !== null && placement !== undefined ? { ...run, place: placement } : run,
      progress: progress ?? context.progress,
      place: place ?? context.place,
    })),
    noteTaskEnd: assign((_, { number }: { number: number }) => ({ partsEnded: number, ...notObserved })),
    noteAttemptEnd: assign(({ context }, { attempt }: { attempt: FailedAttempt }) => ({
      attempts: [...context.attempts, attempt],
      run: null,
      ...notObserved,
    })),
    notePriority: assign(({ context }, { priority }: { priority: number }) => ({
      options: { ...context.options, priority },
    })),
    noteStopRequest: assign((_, stopRequest: StopRequest) => ({ stopRequest })),
  },
}).createMachine({
  id: 'job',
  description: 'One evaluation, from its acknowledgement to its end',
  context: ({ input }) => input,
  initial: 'queued',
  states: {
    queued: {
      description: 'Waits for a slot',
      on: {
        'job.start': {
          target: 'running',
          actions: { type: 'noteStart', params: ({ event }) => event },
        },
        'job.reprioritise': {
          actions: { type: 'notePriority', params: ({ event }) => event },
        },
        'job.cancel': {
          target: 'cancelled',
          actions: { type: 'noteEnd', params: ({ event }) => event },
        },
      },
    },
    running: {
      description: 'A runner works on it',
      on: {
        'job.progress': {
          actions: { type: 'noteProgress', params: ({ event }) => event },
        },
        'job.taskCompleted': {
          actions: { type: 'noteTaskEnd', params: ({ event }) => event },
        },
        'job.attemptFailed': {
          actions: { type: 'noteAttemptEnd', params: ({ event }) => event },
        },
        'job.stopRequested': {
          actions: { type: 'noteStopRequest', params: ({ event }) => event.request },
        },
        'job.complete': {
          target: 'completed',
          actions: { type: 'noteEnd', params: ({ event }) => event },
        },
        'job.fail': {
          target: 'failed',
          actions: { type: 'noteEnd', params: ({ event }) => event },
        },
      },
    },
    completed: { type: 'final', description: "Ended with this run's own results" },
    failed: { type: 'final', description: 'Ended without results that can be trusted' },
    cancelled: { type: 'final', description: 'Taken back before it started' },
  },
});
