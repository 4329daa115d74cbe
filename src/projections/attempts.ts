import type { JobAttempt } from '../schemas/job/job.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import { formatTime } from '../schemas/values/time.ts';

/** The attempts at a job that failed and were followed by another one. Pure. */
export function showAttempts({ attempts, parts, startedAt }: JobRecord): JobAttempt[] {
  return attempts.map(({ number, part, kind, error, endedAt, node, log, next }, index) => {
    // The first at a part begins when the part before it has ended, any other some time after the one before it.
    const first = part === undefined || part === 1 ? startedAt : (parts[part - 2]?.endedAt ?? null);
    const begun = number === 1 ? first : (attempts[index - 1]?.next.at ?? null);
    return {
      ...{ number, part: part ?? null, failure_kind: kind, error },
      started_at: begun === null ? null : formatTime(begun),
      completed_at: formatTime(endedAt),
      ...{ node, log, next_at: formatTime(next.at) },
    };
  });
}
