import type { SchedulerContext } from './schedulerContext.ts';
import type { Refusal } from './schedulerEvents.ts';

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

/** Why a job that does not wait cannot be cancelled; the texts are the original server's. */
export function cancelRefusal({ roster }: SchedulerContext, jobId: string): Refusal {
  const job = roster.get(jobId);
  if (job === undefined) return { accepted: false, code: 'jobNotFound', message: `Job ${jobId} not found` };
  return job.matches('running')
    ? { accepted: false, code: 'jobRunning', message: 'Cannot cancel a running job' }
    : { accepted: false, code: 'jobFinished', message: 'Job already finished or cancelled' };
}
