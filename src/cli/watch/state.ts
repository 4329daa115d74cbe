import type { JobInfo } from '../../schemas/job/job.ts';
import type { Queue } from '../../schemas/queue/queue.ts';

/** What is known of the jobs that are watched, and of the way to their server. */
export type WatchState = {
  /** In the order in which they were named, or became known. Of those that have ended the last ones. */
  jobs: ReadonlyMap<string, JobInfo>;
  /** How many have ended, in which way. */
  ended: Readonly<Record<End, number>>;
  /** Ids of all that wait, the next one first. */
  waiting: readonly string[];
  paused: boolean;
  blocked: string | null;
  /** Since when the server is away, and why; null: it answers. Milliseconds since 1970. */
  away: { since: number; reason: string } | null;
};

/** How a job may end. */
export type End = 'completed' | 'failed' | 'cancelled';

export const nothingKnown: WatchState = {
  jobs: new Map(),
  ended: { completed: 0, failed: 0, cancelled: 0 },
  waiting: [],
  paused: false,
  blocked: null,
  away: null,
};

/** Ended jobs that are kept: a watch may go on for days. */
const KEPT = 200;

export const isOver = ({ completed_at: at }: JobInfo): boolean => at !== null;

/** What is known, with what was just heard of jobs. One that has ended stays so: an answer may be older than another. */
export function withJobs(state: WatchState, heard: Iterable<JobInfo>): WatchState {
  const jobs = new Map(state.jobs);
  const ended = { ...state.ended };
  for (const job of heard) {
    const known = jobs.get(job.job_id);
    if (known !== undefined && isOver(known)) continue;
    jobs.set(job.job_id, job);
    if (isEnd(job.status)) ended[job.status]++;
  }
  const over = [...jobs.values()].filter(isOver);
  for (const { job_id: id } of over.slice(0, Math.max(0, over.length - KEPT))) jobs.delete(id);
  return { ...state, jobs, ended };
}

const isEnd = (status: JobInfo['status']): status is End => status !== 'queued' && status !== 'running';

export function withQueue(state: WatchState, { queued_jobs, paused, blocked }: Queue): WatchState {
  return { ...state, waiting: queued_jobs, paused, blocked };
}

/** The jobs by what they do: those that run by their start, those that wait by their position, those that ended by their end. */
export function sorted({ jobs, waiting }: WatchState) {
  const all = [...jobs.values()];
  const positions = new Map(waiting.map((id, index) => [id, index]));
  const position = ({ job_id: id, position_in_queue: known }: JobInfo) => positions.get(id) ?? known ?? waiting.length;
  const byTime = (time: 'started_at' | 'completed_at') => (a: JobInfo, b: JobInfo) =>
    Date.parse(a[time] ?? '') - Date.parse(b[time] ?? '');
  return {
    running: all.filter(({ status }) => status === 'running').toSorted(byTime('started_at')),
    waiting: all
      .filter(({ status }) => status === 'queued')
      .map((job) => ({ job, ahead: position(job) }))
      .toSorted((a, b) => a.ahead - b.ahead),
    ended: all.filter(isOver).toSorted(byTime('completed_at')),
  };
}
