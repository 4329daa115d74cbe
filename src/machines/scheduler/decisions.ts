import { initialTransition, transition as next } from 'xstate';
import { newRecord } from '../../schemas/job/jobRecord.ts';
import type { Outcome } from '../../schemas/job/outcome.ts';
import { jobContext, jobMachine } from '../job/job.ts';
import { jobEventOf } from '../job/jobSteps.ts';
import type { Transition } from '../ports/journal.ts';
import { nextToStart } from './nextToStart.ts';
import { lost } from './runnerChild.ts';
import { nextDoomed, type SchedulerContext } from './schedulerContext.ts';
import type { ImportCommand, Reply, SubmitCommand } from './schedulerEvents.ts';
import { devicesFor } from './startable.ts';
import type { Share } from './waitingBytes.ts';

/**
 * What was decided, with what else goes into the same commit, what it takes while it waits, which jobs have passed another with it, and the
 * way back to its caller.
 */
export type Decision = {
  transition: Transition;
  rest?: readonly Transition[];
  share?: Share;
  reply?: Reply | null;
} & Partial<Pick<SchedulerContext, 'passed'>>;

/** That a new job was taken. */
export function submissionOf({ job, secrets = null, share, reply }: SubmitCommand) {
  const { jobId, createdAt: at, createdMonotonic: monotonic } = job;
  const transition: Transition = {
    type: 'submitted',
    ...{ jobId, at, job, secrets },
    ...(monotonic !== null && { monotonic }),
  };
  return { transition, share, reply };
}
/**
 * The life of an earlier run, all at once: it was submitted, started and completed. Shown are the times of that run; in the journal's own
 * time it happens now, and when it started is not measured. @throws when the chart of jobs has no such path.
 */
export function importOf(
  { monotonic }: Pick<SchedulerContext, 'monotonic'>,
  { job, endedAt, outcome, reply }: ImportCommand,
): Decision {
  const { jobId, createdAt } = job;
  const now = monotonic();
  const own = { jobId, imported: true } as const;
  const transition: Transition = { type: 'submitted', ...own, at: createdAt, monotonic: now, job };
  const rest: Transition[] = [
    { type: 'started', ...own, at: createdAt },
    { type: 'completed', ...own, at: Math.max(createdAt, endedAt), monotonic: now, outcome, notify: [] },
  ];
  let [snapshot] = initialTransition(jobMachine, jobContext(newRecord(job)));
  for (const event of rest.map(jobEventOf)) {
    if (event === null || !snapshot.can(event)) throw new Error(`job ${jobId} cannot take ${event?.type} now`);
    [snapshot] = next(jobMachine, snapshot, event);
  }
  return { transition, rest, reply };
}
/**
 * The start of the next job; null: none may start. Whether one may pass the first is a question of time, which may have gone by since
 * it was asked whether there is one.
 */
export function startOfNext(context: SchedulerContext): Decision | null {
  const next = nextToStart(context);
  if (next === undefined) return null;
  const { jobId, pool, passes } = next;
  const devices = devicesFor(context, jobId);
  const transition: Transition = { type: 'started', jobId, ...momentOf(context, jobId), ...(devices && { devices }) };
  return { transition, ...(passes && { passed: new Map(context.passed).set(pool, passes) }) };
}
/** This moment in the life of a job. A clock that was put back since shows no time before what it has shown of the job. */
export function momentOf({ now, monotonic, registry }: SchedulerContext, jobId: string) {
  const { createdAt, startedAt } = registry.context(jobId);
  return { at: Math.max(now(), startedAt ?? createdAt), monotonic: monotonic() };
}
/** That an engine has put a run on a node. */
export function placementOf(
  context: SchedulerContext,
  { jobId, node, id }: { jobId: string; node: string; id?: string },
): Transition {
  const moment = momentOf(context, jobId);
  return { type: 'placed', jobId, ...moment, place: { node, ...moment, ...(id !== undefined && { id }) } };
}
/** The end of a run. */
export function endOf(context: SchedulerContext, jobId: string, outcome: Outcome): Transition {
  const end = { jobId, ...momentOf(context, jobId), notify: notifiedOf(context, jobId) };
  return outcome.status === 'completed' ? { type: 'completed', ...end, outcome } : { type: 'failed', ...end, outcome };
}
/** The end of a job whose runner broke. */
export function brokenOf(context: SchedulerContext, jobId: string, error: unknown): Transition {
  return endOf(context, jobId, lost(context, jobId, error));
}
/** The end of a job that waits. */
export function cancelOf(context: SchedulerContext, { jobId, who }: { jobId: string; who: string | null }) {
  const moment = momentOf(context, jobId);
  return { type: 'cancelled', jobId, ...moment, who, notify: notifiedOf(context, jobId) } as const satisfies Transition;
}
/** The end of it. @throws when there is none: the chart would be wrong. */
export function doomOf(context: SchedulerContext): Transition {
  const doomed = nextDoomed(context);
  if (doomed === undefined) throw new Error('no job is to be cancelled');
  const { jobId, after: cancelledFor } = doomed;
  return { ...cancelOf(context, { jobId, who: null }), cancelledFor };
}
/** That a job that waits has another priority. */
export function priorityOf(
  context: SchedulerContext,
  { jobId, priority, who }: { jobId: string; priority: number; who: string | null },
): Transition {
  return { type: 'reprioritised', jobId, ...momentOf(context, jobId), priority, who };
}
/** The URLs to which a job is posted when it has ended. */
function notifiedOf({ registry, webhook }: SchedulerContext, jobId: string): string[] {
  const { callback_url: own } = registry.context(jobId).options;
  const urls = [own, webhook].filter((url) => url !== null);
  // The same receiver may be written in several ways, with and without a last slash.
  return [...new Set(urls.map((url) => new URL(url).href))];
}
