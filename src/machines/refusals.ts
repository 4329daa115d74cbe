import type { NewJob } from '../schemas/job.ts';
import { knownJob, type SchedulerContext } from './schedulerContext.ts';
import type { Answer, Refusal } from './schedulerEvents.ts';

export const closed: Refusal = {
  accepted: false,
  code: 'intakeClosed',
  message:
    'The server takes nothing now: it is shutting down or cannot write its journal (see /health). Try again later.',
};

export const full = ({ maxQueue }: SchedulerContext): Refusal => ({
  accepted: false,
  code: 'queueFull',
  message: `The queue is full: ${maxQueue} jobs wait (--max-queue). Try again later.`,
});

export const unwritable = (reason: string): Refusal => ({
  accepted: false,
  code: 'intakeClosed',
  message: `The journal cannot be written: ${reason}. Nothing was changed. Try again later.`,
});

/** The answer to a submission whose key is known: the same job for the same request, a refusal for another. */
export function repeated(context: SchedulerContext, job: NewJob): Answer {
  const known = knownJob(context, job);
  return known?.requestHash === job.idempotency?.requestHash && known !== undefined
    ? { accepted: true, jobId: known.jobId, position: context.queue.position(known.jobId), repeated: true }
    : {
        accepted: false,
        code: 'keyReused',
        message: 'This Idempotency-Key was used for another request. Use a new key for a new evaluation.',
      };
}

/** Why a job that does not wait cannot be cancelled; the texts are the original server's. */
export function cancelRefusal({ roster, journal }: SchedulerContext, jobId: string): Refusal {
  const status = roster.get(jobId)?.value ?? journal.find(jobId)?.status;
  if (status === undefined) return { accepted: false, code: 'jobNotFound', message: `Job ${jobId} not found` };
  return status === 'running'
    ? { accepted: false, code: 'jobRunning', message: 'Cannot cancel a running job' }
    : { accepted: false, code: 'jobFinished', message: 'Job already finished or cancelled' };
}

/** Why a job that does not run cannot be stopped. */
export function stopRefusal({ roster, journal }: SchedulerContext, jobId: string): Refusal {
  const status = roster.get(jobId)?.value ?? journal.find(jobId)?.status;
  if (status === undefined) return { accepted: false, code: 'jobNotFound', message: `Job ${jobId} not found` };
  return status === 'queued'
    ? { accepted: false, code: 'jobNotRunning', message: 'Cannot stop a job that does not run; cancel it instead' }
    : { accepted: false, code: 'jobFinished', message: 'Job already finished or cancelled' };
}
