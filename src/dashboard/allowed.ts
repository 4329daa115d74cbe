import type { JobAction, JobInfo } from '../client/index.ts';
import type { CallerAnswer } from '../schemas/server/caller.ts';
import { includesRole, type Role } from '../schemas/server/token.ts';

type Job = Pick<JobInfo, 'status' | 'stop_requested' | 'imported'>;

const applicable: { [action in JobAction]: (job: Job) => boolean } = {
  cancel: ({ status }) => status === 'queued',
  stop: ({ status, stop_requested }) => status === 'running' && stop_requested === null,
  retry: ({ status, imported }) =>
    imported === null && (status === 'completed' || status === 'failed' || status === 'cancelled'),
  reprioritise: ({ status }) => status === 'queued',
};

/** Whether a caller has a role. */
export const hasRole = (caller: CallerAnswer, role: Role): boolean => includesRole(caller.role, role);

/** What may be done to a job, by its state and by this caller: the server refuses the same. Others' jobs may be repeated by every caller that may submit. */
export function mayDo(action: JobAction, caller: CallerAnswer, job: Job & Pick<JobInfo, 'submitted_by'>): boolean {
  if (!hasRole(caller, 'submit') || !applicable[action](job)) return false;
  return action === 'retry' || caller.role === 'admin' || (caller.name !== null && job.submitted_by === caller.name);
}
