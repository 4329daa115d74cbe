import { type JobInfo, jobInfoSchema } from '../schemas/job/job.ts';
import type { JobEvent } from '../schemas/job/jobEvent.ts';
import { ClientError } from './errors.ts';
import { isEnd, type ReadFeed } from './events.ts';
import { reconnect, type StreamOptions } from './reconnect.ts';
import type { Requests } from './requests.ts';

export type WaitOptions = StreamOptions & {
  /** What is waited for: that jobs have ended, in whatever way, or that they have completed. `ended` if left out. */
  for?: 'ended' | 'completed' | undefined;
  /** Whether one of them is enough. `all` if left out. */
  mode?: 'all' | 'any' | undefined;
  /** Milliseconds to wait at most, else it throws `timedOut`. */
  timeout?: number | undefined;
  /** Is called with each job when it is first known, and again when it has ended. */
  onJob?: ((job: JobInfo) => void) | undefined;
  /** Is called when the run of a task of a split job has ended meanwhile, well or badly. */
  onTask?: ((event: JobEvent) => void) | undefined;
};

/** How a wait ended. */
export type Waited = {
  /** Whether what was waited for has come; false as soon as it no longer can. */
  met: boolean;
  /** The jobs as they were last seen, in the order of their ids. */
  jobs: JobInfo[];
};

/** Jobs that are asked for at a time. */
const AT_A_TIME = 8;

/** Makes `wait`. */
export function createWait({ ask }: Pick<Requests, 'ask'>, readFeed: ReadFeed) {
  /**
   * Waits for jobs, through losses of the connection and restarts of the server.
   * @throws ClientError `notFound` for a job that there is not, `timedOut`, `interrupted`, or why the server cannot be asked.
   */
  return async (ids: string | readonly string[], options: WaitOptions = {}): Promise<Waited> => {
    const { timeout, signal, onJob, onTask } = options;
    const names = [...new Set(typeof ids === 'string' ? [ids] : ids)];
    const seen = new Map<string, JobInfo>();
    const over = new AbortController();
    const timer = timeout === undefined ? undefined : setTimeout(() => over.abort(), timeout);
    const ending = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);

    const look = async (id: string): Promise<void> => {
      const known = seen.get(id);
      if (isOver(known)) return;
      const job = await ask(jobInfoSchema, { path: ['jobs', id], signal: ending });
      seen.set(id, job);
      if (known === undefined || isOver(job)) onJob?.(job);
    };
    const result = (): Waited | null => {
      const met = judge(
        names.map((id) => seen.get(id)),
        options,
      );
      return met === null ? null : { met, jobs: [...seen.values()] };
    };
    // One stream for all of them, and a look at each whenever the stream begins: nothing can happen in between.
    const waiting = reconnect<Waited>(
      async function* (opened) {
        for await (const item of readFeed({ job: names.length === 1 ? names[0] : undefined, signal: ending })) {
          if (item.type === 'open') opened();
          if (item.type === 'taskCompleted' && names.includes(item.job_id)) onTask?.(item);
          if (item.type === 'open' || item.type === 'gap') await eachOf(names, look);
          else if (isEnd(item) && names.includes(item.job_id)) await look(item.job_id);
          else continue;
          const waited = result();
          if (waited !== null) yield waited;
        }
        return false;
      },
      { ...options, signal: ending },
    );
    try {
      const known = result();
      if (known !== null) return known;
      for await (const waited of waiting) return { ...waited, jobs: inOrder(names, seen) };
      throw new Error('a stream without an end has ended');
    } catch (error) {
      if (over.signal.aborted && !signal?.aborted) {
        throw new ClientError({ code: 'timedOut' }, `It has not come about within ${(timeout ?? 0) / 1_000} s`);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

const isOver = (job: JobInfo | undefined): boolean => job !== undefined && job.completed_at !== null;

const inOrder = (names: readonly string[], seen: ReadonlyMap<string, JobInfo>): JobInfo[] =>
  names.flatMap((id) => seen.get(id) ?? []);

/** Whether what is waited for has come; false when it cannot come any more, null while it may. */
function judge(
  jobs: readonly (JobInfo | undefined)[],
  { for: wanted = 'ended', mode = 'all' }: Pick<WaitOptions, 'for' | 'mode'>,
): boolean | null {
  const hasCome = (job: JobInfo | undefined) => (wanted === 'ended' ? isOver(job) : job?.status === 'completed');
  const cannotCome = (job: JobInfo | undefined) => isOver(job) && !hasCome(job);
  if (mode === 'any' ? jobs.some(hasCome) : jobs.every(hasCome)) return true;
  return (mode === 'any' ? jobs.every(cannotCome) : jobs.some(cannotCome)) ? false : null;
}

/** Does something with each, a few at a time. */
async function eachOf(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
  const left = ids.values();
  const one = async () => {
    for (const id of left) await act(id);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
}
