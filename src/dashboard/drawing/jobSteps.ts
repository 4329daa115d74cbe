import type { JobInfo } from '../../client/index.ts';
import { duration } from '../parts/duration.ts';
import { clockTime } from '../text.ts';
import type { PathStep } from './drawing.ts';

type Times = Pick<JobInfo, 'status' | 'created_at' | 'started_at' | 'completed_at'>;

/** The states that a job was in, each with the arrow into it, when it was taken, and how long it was in the one before. */
export function stepsOf(job: Times): PathStep[] {
  return movesOf(job).map(({ state, arrow, at }, i, all) => {
    const before = all[i - 1];
    const time = clockTime(at);
    if (before === undefined) return { state, arrow, time };
    return { state, arrow, time: `${time} +${duration(Date.parse(at) - Date.parse(before.at))}` };
  });
}

type Move = { state: string; arrow: string | null; at: string };

function movesOf({ status, created_at, started_at, completed_at }: Times): Move[] {
  const queued: Move = { state: 'queued', arrow: null, at: created_at };
  if (started_at === null) {
    if (completed_at === null) return [queued];
    return [queued, { state: status, arrow: 'queued--job.cancel--cancelled', at: completed_at }];
  }
  const running: Move = { state: 'running', arrow: 'queued--job.start--running', at: started_at };
  if (completed_at === null) return [queued, running];
  const arrow = status === 'completed' ? 'running--job.complete--completed' : 'running--job.fail--failed';
  return [queued, running, { state: status, arrow, at: completed_at }];
}
