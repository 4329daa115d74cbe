import { getInitialSnapshot, type SnapshotFrom, transition } from 'xstate';
import { getSimplePaths } from 'xstate/graph';
import { type JobEvent, jobContext, jobMachine } from '../../../src/machines/job/job.ts';
import { endedPart } from '../../../src/machines/runner/parts.ts';
import { jobInfo } from '../../../src/projections/job.ts';
import type { FailedAttempt } from '../../../src/schemas/job/attempt.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { newRecord } from '../../../src/schemas/job/jobRecord.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { newJob } from '../../support/jobs/newJob.ts';
import { completedOutcome, failedOutcome } from '../../support/runs/controlledRuns.ts';
import type { Model } from '../follow.ts';

/** Of the part that is under way at first. */
const failedAttempt: FailedAttempt = {
  ...{ number: 1, part: 1, kind: 'lost', error: 'it was lost', log: '/out/log', node: null },
  ...{ endedAt: 2, next: { at: 3, monotonic: 3 } },
};

/** The alphabet of a job, an event of each type. */
export const jobEvents = [
  { type: 'job.start', at: 2 },
  { type: 'job.progress', progress: { phase: 'evaluating', done: 4, total: 8, percent: 50, rate: 2, eta_seconds: 2 } },
  { type: 'job.taskCompleted', number: 1 },
  { type: 'job.attemptFailed', attempt: failedAttempt },
  { type: 'job.stopRequested', request: { at: 2, by: 'alice' } },
  { type: 'job.complete', at: 3, outcome: completedOutcome },
  { type: 'job.fail', at: 3, outcome: failedOutcome },
  { type: 'job.reprioritise', priority: 7 },
  { type: 'job.cancel', at: 3 },
] as const satisfies JobEvent[];

export type JobMove = (typeof jobEvents)[number]['type'];

export const job = newJob('j', { tasks: ['t1', 't2'] }, { options: { ...noOptions, split: true } });
export const input = jobContext(newRecord(job));

/** What can be seen of a job from outside, without what differs from run to run. */
export function visibleJob(info: JobInfo | undefined) {
  return (
    info && {
      status: info.status,
      priority: info.priority,
      started: info.started_at !== null,
      ended: info.completed_at !== null,
      done: info.progress?.done ?? null,
      rate: info.progress?.rate ?? null,
      stopRequestedBy: info.stop_requested?.by ?? null,
      // Of a split job it says that of its parts.
      hasFailed: info.failure_kind !== null,
      isPartEnded: info.parts?.some(({ completed_at: end }) => end !== null) ?? false,
      hasAttempts: info.attempts.length > 0,
      score: info.metrics?.['t1']?.['acc']?.value ?? null,
    }
  );
}

export type VisibleJob = ReturnType<typeof visibleJob>;

/** The same of the chart's own snapshot. What it ended with is in its row: it is that of the event that led to the state. */
export function visibleSnapshot({ value, context }: SnapshotFrom<typeof jobMachine>): VisibleJob {
  const end = jobEvents.find((event) => 'outcome' in event && event.outcome.status === value);
  const outcome = end !== undefined && 'outcome' in end ? end.outcome : null;
  const { progress, place: _, partsEnded, ...known } = context;
  const about = { number: 1, task: 't1', endedAt: 2, ran: 0 };
  const parts = partsEnded > 0 ? [endedPart(about, completedOutcome, '/out/log')] : [];
  return visibleJob(jobInfo({ ...known, request: job.request, outcome, parts, status: value }, { progress }));
}

type JobSnapshot = SnapshotFrom<typeof jobMachine>;

export const eventOf = (move: JobMove): JobEvent => jobEvents.find(({ type }) => type === move) ?? jobEvents[0];

export const jobModel: Model<JobSnapshot, JobMove, VisibleJob> = {
  initial: getInitialSnapshot(jobMachine, input),
  next: (snapshot, move) => transition(jobMachine, snapshot, eventOf(move))[0],
  visible: visibleSnapshot,
};

/** Whether nothing follows a request to stop: a run that was asked to end does nothing else. */
export const endsWithStop = (path: readonly JobMove[]): boolean =>
  !path.includes('job.stopRequested') || path.at(-1) === 'job.stopRequested';

/** Of the paths with a part that ends and with an attempt that fails those with both are left out: they are five times as many. */
const isBoth = ({ context: { partsEnded, attempts } }: JobSnapshot, { type }: JobEvent): boolean =>
  (type === 'job.attemptFailed' && partsEnded > 0) || (type === 'job.taskCompleted' && attempts.length > 0);

/** Every path through the job chart that comes to no state twice. Two states differ when their owner can tell. */
export function jobPaths(): JobMove[][] {
  const paths = getSimplePaths(jobMachine, {
    input,
    events: jobEvents,
    serializeState: (snapshot) => JSON.stringify(visibleSnapshot(snapshot)),
    filterEvents: (snapshot, event) => snapshot.can(event) && !isBoth(snapshot, event),
  });
  return paths.map(({ steps }) => steps.slice(1).map(({ event }) => event.type));
}
