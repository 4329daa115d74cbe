import type { NewJob } from '../schemas/job/job.ts';
import type { WaitingFor } from '../schemas/queue/waitingFor.ts';
import { shownUrl } from '../schemas/secrets/shownUrl.ts';
import type { DevicePrice, DryRunAnswer } from '../schemas/submission/dryRun.ts';
import { type Books, withQueued } from './books.ts';
import { expectedTimes, type JobSources } from './job.ts';
import { holdOf, waitingFor } from './waitingFor.ts';

/** What is known of a submission beside the queue. */
export type Tried = Pick<DryRunAnswer, 'command' | 'repeats' | 'warnings'> & { job: NewJob };

/** What would come of a submission that was checked and is not queued. Pure. O(log n). */
export function showDryRun(
  { snapshot, expectations }: Pick<JobSources, 'snapshot' | 'expectations'>,
  { job, ...found }: Tried,
): DryRunAnswer {
  const { jobId, request, options } = job;
  const books = withQueued(snapshot.context, job);
  const standing = books.queue.standing(jobId);
  const hold = holdOf(snapshot);
  return {
    dry_run: true,
    request,
    ...options,
    callback_url: options.callback_url && shownUrl(options.callback_url),
    devices: priceOf(books, jobId, request.num_gpus),
    position_in_queue: standing?.position ?? 0,
    waiting_for: startsAtOnce(waitingFor(books, jobId, standing, hold), hold),
    ...expectedTimes(expectations.of(books, jobId, standing, hold !== null)),
    ...found,
  };
}

function priceOf({ devices, queue }: Books, jobId: string, needed: number): DevicePrice {
  if (devices === null) return { needed, total: null, free: null, are_free: null };
  const pool = queue.poolOf(jobId);
  const free = devices.freeIn(pool).length;
  return { needed, total: devices.pool(pool).devices.length, free, are_free: devices.pick(needed, pool) !== null };
}

/** Of a job that is first and that nothing holds only its start would be to be written. */
function startsAtOnce(waiting: WaitingFor | null, hold: WaitingFor | null): WaitingFor | null {
  return hold === null && waiting?.kind === 'journal' ? null : waiting;
}
