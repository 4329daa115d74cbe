import type { JobCommand } from '../scheduler/commandRefusals.ts';
import type { QueuingOrder } from '../scheduler/jobCommands.ts';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { JobInfo } from '../schemas/job/job.ts';
import type { ActedJob, JobAction } from '../schemas/job/jobActions.ts';
import type { AppDependencies } from './dependencies.ts';
import { findJob } from './findJob.ts';
import { hashOf } from './idempotency.ts';
import { requireOwn } from './middleware/authorize.ts';
import type { Caller } from './middleware/caller.ts';
import type { SubmissionLimit } from './middleware/guardOperations.ts';

type Scheduler = Pick<
  AppDependencies['scheduler'],
  'cancelJob' | 'getJobWithPosition' | 'refusalOf' | 'reprioritiseJob' | 'retryJob' | 'stopJob'
>;

/** What is to be done, and for which caller. */
export type Acting = {
  command: JobCommand;
  isDryRun: boolean;
  caller: Caller;
  client: string;
  /** The Idempotency-Key of the request. */
  key: string | null;
  limit: SubmissionLimit;
};

/**
 * Does to some jobs what is to be done, side by side, so that their changes share commits. Retries are queued in the order
 * of their jobs. @returns what became of each, in their order.
 */
export function actOnSome(scheduler: Scheduler, jobIds: readonly string[], acting: Acting): Promise<ActedJob[]> {
  let before: Promise<unknown> = Promise.resolve();
  return Promise.all(
    jobIds.map((jobId) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const order = { ready: before, passed: resolve };
      before = Promise.all([before, promise]);
      return actOn(scheduler, jobId, { ...acting, order }).finally(resolve);
    }),
  );
}

type ActingOnOne = Acting & { order: QueuingOrder };

/** What an owner alone may do; a retry is a job of its own. */
const owned: { [Action in JobAction]: string | null } = {
  cancel: 'cancel it',
  stop: 'stop it',
  reprioritise: 'change its priority',
  retry: null,
};

/** Does to one job of many what is to be done, by the rules of the route for it alone. Refusals are answers here. */
async function actOn(scheduler: Scheduler, jobId: string, acting: ActingOnOne): Promise<ActedJob> {
  try {
    const job = findJob(scheduler, jobId);
    const what = owned[acting.command.action];
    if (what !== null) requireOwn(acting.caller, () => job, what);
    const known = alreadySo(scheduler, job, acting.command);
    if (known !== null) return known;
    if (!acting.isDryRun) return await done(scheduler, jobId, acting);
    const refused = scheduler.refusalOf(jobId, acting.command);
    return refused === null ? acted(jobId, 'done') : refusal(jobId, refused);
  } catch (error) {
    if (!(error instanceof EvaldError)) throw error;
    return refusal(jobId, error);
  }
}

/** What there is to say of a job to which nothing is left to do; null: there is. */
function alreadySo(scheduler: Scheduler, job: JobInfo, command: JobCommand): ActedJob | null {
  if (command.action === 'retry') {
    const live = job.retries
      .slice(-MOST_RETRIES)
      .findLast((id) => scheduler.getJobWithPosition(id)?.completed_at === null);
    return live === undefined ? null : acted(job.job_id, 'already', live);
  }
  return isSo(job, command) ? acted(job.job_id, 'already') : null;
}

/** Retries of a job that are looked at, the newest. */
const MOST_RETRIES = 20;

function isSo(job: JobInfo, command: Exclude<JobCommand, { action: 'retry' }>): boolean {
  const { status, stop_requested, failure_kind, priority } = job;
  switch (command.action) {
    case 'cancel':
      return status === 'cancelled';
    case 'stop':
      return failure_kind === 'stopped' || (status === 'running' && stop_requested !== null);
    case 'reprioritise':
      return status === 'queued' && priority === command.priority;
  }
}

/** @throws EvaldError when it was refused. */
async function done(
  scheduler: Scheduler,
  jobId: string,
  { command, caller, client, key, limit, order }: ActingOnOne,
): Promise<ActedJob> {
  if (command.action === 'retry') {
    const tooOften = limit(client);
    if (tooOften !== null) throw new EvaldError('tooOften', tooOften.detail);
    const { missing } = command;
    // Of each job a key of its own. No key that a client can send has a tab.
    const requestHash = hashOf({ retry_of: jobId, missing });
    const idempotency = key === null ? null : { key: `${key}\t${jobId}`, requestHash };
    const { name: who, secrets } = caller;
    const added = await scheduler.retryJob(jobId, { missing, idempotency, who, secrets, client, order });
    return acted(jobId, added.repeated ? 'already' : 'done', added.jobId);
  }
  try {
    await commanded(scheduler, jobId, command, caller.name);
    return acted(jobId, 'done');
  } catch (error) {
    // Another request may have done it meanwhile.
    const job = scheduler.getJobWithPosition(jobId);
    if (job !== undefined && isSo(job, command)) return acted(jobId, 'already');
    throw error;
  }
}

async function commanded(
  scheduler: Scheduler,
  jobId: string,
  command: Exclude<JobCommand, { action: 'retry' }>,
  who: string | null,
): Promise<void> {
  switch (command.action) {
    case 'cancel':
      return scheduler.cancelJob(jobId, who);
    case 'stop':
      return scheduler.stopJob(jobId, who);
    case 'reprioritise':
      await scheduler.reprioritiseJob(jobId, command.priority, who);
  }
}

const acted = (job_id: string, outcome: 'done' | 'already', new_job_id: string | null = null): ActedJob => ({
  ...{ job_id, outcome, code: null, error: null, new_job_id },
});

const refusal = (job_id: string, { code, message }: EvaldError): ActedJob => ({
  ...{ job_id, outcome: 'refused', code, error: message, new_job_id: null },
});
