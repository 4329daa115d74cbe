import { EvaldError } from '../../schemas/errors/errors.ts';
import type { Imported, JobStatus, NewJob } from '../../schemas/job/job.ts';
import { knownJob, type SchedulerContext, statusOf } from './schedulerContext.ts';
import type { CommandAnswer, Refusal } from './schedulerEvents.ts';

export const closed: Refusal = {
  accepted: false,
  code: 'intakeClosed',
  message:
    'The server takes nothing now: it is shutting down or cannot write its journal (see /health). Try again later.',
};

export const unwritable = (reason: string): Refusal => ({
  accepted: false,
  code: 'intakeClosed',
  message: `The journal cannot be written: ${reason}. Nothing was changed. Try again later.`,
});

/** The answer to a request to stop that is done and not yet on disk. */
export const unwrittenStop = ({ journalFault }: SchedulerContext, jobId: string): Refusal => ({
  accepted: false,
  code: 'intakeClosed',
  message: `Job ${jobId} is being stopped, but the journal cannot be written: ${journalFault}. If the server ends before it can, the run may go on: ask again then.`,
});

/** The answer to a submission whose key is known: the same job for the same request, a refusal for another. */
export function repeated(context: SchedulerContext, job: NewJob): CommandAnswer {
  const known = knownJob(context, job);
  return known?.requestHash === job.idempotency?.requestHash && known !== undefined
    ? { accepted: true, jobId: known.jobId, position: context.queue.position(known.jobId), repeated: true }
    : {
        accepted: false,
        code: 'keyReused',
        message: 'This Idempotency-Key was used for another request. Use a new key for a new evaluation.',
      };
}

/** Why a job that does not run cannot be stopped. */
export function stopRefusal(context: SchedulerContext, jobId: string): Refusal {
  return statusOf(context, jobId) === 'queued'
    ? {
        accepted: false,
        code: 'jobQueued',
        message: `The job does not run yet: use DELETE /jobs/${jobId} to cancel it`,
      }
    : cancelRefusal(context, jobId);
}

/** Why a job that does not wait has no other priority. */
export function reprioritiseRefusal(context: SchedulerContext, jobId: string): Refusal {
  const status = statusOf(context, jobId);
  if (status === undefined) return cancelRefusal(context, jobId);
  const message = `Job ${jobId} is ${status}: only the priority of a job that waits can be changed`;
  return { accepted: false, code: 'jobNotQueued', message };
}

/** Why a job that waits or runs cannot be repeated. */
export function notEnded(jobId: string, status: JobStatus): EvaldError {
  const end = status === 'queued' ? `DELETE /jobs/${jobId} cancels it` : `POST /jobs/${jobId}/stop ends it`;
  return new EvaldError('jobNotEnded', `Job ${jobId} is ${status}: only an ended job can be repeated. ${end}.`);
}

/** Why a job that evald did not run cannot be repeated: its request is known only as far as its results say. */
export function imported(jobId: string, { file, harness }: Imported): EvaldError {
  const what = `Job ${jobId} was imported from ${file}, a run of ${harness}`;
  return new EvaldError(
    'jobImported',
    `${what}: what it was asked is not known whole. Submit an evaluation of your own.`,
  );
}

/** Why a job that had credentials cannot be repeated. @param where in its request they were. */
export function secretsGone(jobId: string, where: string): EvaldError {
  const what = `Job ${jobId} had credentials in ${where}`;
  return new EvaldError(
    'secretsGone',
    `${what}, which are forgotten when a job has ended. Submit its request again with them.`,
  );
}

/** Why a job that does not wait cannot be cancelled; the texts are the original server's, with the way out behind. */
export function cancelRefusal(context: SchedulerContext, jobId: string): Refusal {
  const status = statusOf(context, jobId);
  if (status === undefined) return { accepted: false, code: 'jobNotFound', message: `Job ${jobId} not found` };
  if (status !== 'running') {
    return { accepted: false, code: 'jobFinished', message: 'Job already finished or cancelled' };
  }
  // On this machine what was started begins at once.
  const isHandedOver = context.maxPending !== null && context.pending.includes(jobId);
  const way = isHandedOver
    ? `it was handed over to be run, and has not begun; POST /jobs/${jobId}/stop takes it back at once`
    : `POST /jobs/${jobId}/stop ends it`;
  return { accepted: false, code: 'jobRunning', message: `Cannot cancel a running job: ${way}` };
}
