import type { JobPart } from '../schemas/job/job.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import { formatTime } from '../schemas/values/time.ts';

/** The tasks of a split job, each with how its run is. Pure. */
export function showParts({ request, parts, run, status, startedAt, endedAt, attempts }: JobRecord): JobPart[] {
  // Until the next attempt at a part is launched it is that of the last one.
  const attemptLog = (number: number) => attempts.findLast(({ part }) => part === number)?.log ?? null;
  return request.tasks.map((task, index) => {
    const number = index + 1;
    const ended = parts[index];
    // One begins when the one before it has ended.
    const begun = index === 0 ? startedAt : (parts[index - 1]?.endedAt ?? null);
    const isUnderWay = status === 'running' && parts.length === index;
    const isOver = ended === undefined && endedAt !== null;
    return {
      number,
      task,
      status: ended?.status ?? (isUnderWay ? 'running' : isOver ? 'cancelled' : 'queued'),
      started_at: begun === null || (ended === undefined && !isUnderWay) ? null : formatTime(begun),
      completed_at: ended === undefined ? null : formatTime(ended.endedAt),
      log: ended === undefined ? (run?.part === number ? run.prepared.log : attemptLog(number)) : ended.log,
      error: ended?.error ?? null,
      failure_kind: ended?.kind ?? null,
    };
  });
}
