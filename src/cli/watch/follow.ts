import type { Client } from '../../client/client.ts';
import { ClientError, mayPass } from '../../client/errors.ts';
import type { FeedItem } from '../../client/events.ts';
import type { Connection } from '../../client/reconnect.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import type { JobEvent } from '../../schemas/job/jobEvent.ts';
import { isOver, nothingKnown, type WatchState, withJobs, withQueue } from './state.ts';

/** Of the client what is needed here. */
export type WatchClient = Pick<Client, 'events' | 'job' | 'jobs' | 'allJobs' | 'queue'>;

export type FollowOptions = {
  signal?: AbortSignal | undefined;
  /** Is called with each state. */
  onState(state: WatchState): void;
};

/** Milliseconds between two looks at how far runs are: no event says so. */
const PROGRESS = 1_000;
/** Milliseconds in which events are gathered. */
const GATHER = 100;
/** Jobs at the head of the queue of which more is known than their ids. */
const HEAD = 50;

/** Types of events after which the queue is another one. */
const ends: ReadonlySet<JobEvent['type']> = new Set(['completed', 'failed', 'cancelled']);

/**
 * Follows jobs to their ends, through losses of the connection and restarts of the server. Events say what changed; then the
 * lists of what runs and of what waits are asked for, and an ended job by its id.
 * @param ids null: all that run or wait, and what comes meanwhile; it ends when nothing is left.
 * @throws ClientError `notFound` for a job that there is not, `interrupted`, or why the server cannot be asked.
 */
export async function followJobs(
  client: WatchClient,
  ids: readonly string[] | null,
  { signal, onState }: FollowOptions,
): Promise<WatchState> {
  const named = ids === null ? null : new Set(ids);
  const over = new AbortController();
  const ending = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  let state = nothingKnown;
  let isStale = true;
  let unasked = new Map<string, JobEvent | null>();
  let wake = Promise.withResolvers<void>();
  const set = (next: WatchState) => {
    state = next;
    onState(state);
  };
  const isWatched = (id: string) => named === null || named.has(id);

  const onConnection = (connection: Connection) => {
    if (connection.state === 'lost') {
      return set({ ...state, away: { since: state.away?.since ?? Date.now(), reason: connection.error.message } });
    }
    isStale = true;
    // What ended while nothing was heard is in no list.
    for (const id of named ?? state.jobs.keys())
      if (isOpen(state.jobs.get(id))) unasked.set(id, unasked.get(id) ?? null);
    wake.resolve();
  };
  const listen = async (): Promise<never> => {
    for await (const item of client.events({ signal: ending, onConnection })) hear(item);
    throw new Error('a feed without an end has ended');
  };
  const hear = (item: FeedItem) => {
    isStale = true;
    if (item.type !== 'gap' && ends.has(item.type) && isWatched(item.job_id)) unasked.set(item.job_id, item);
    wake.resolve();
  };

  const look = async () => {
    const asked = unasked;
    unasked = new Map();
    const wasStale = isStale;
    isStale = false;
    try {
      const heard: JobInfo[] = [];
      const listed = await lists(client, state, { wasStale, ending });
      heard.push(...listed.jobs.filter(({ job_id: id }) => isWatched(id)));
      for (const [id, event] of asked) heard.push(await endOf(id, event));
      const next = withJobs({ ...state, away: null }, heard);
      set(listed.queue === null ? next : withQueue(next, listed.queue));
    } catch (error) {
      for (const [id, event] of asked) unasked.set(id, unasked.get(id) ?? event);
      isStale ||= wasStale;
      if (!(error instanceof ClientError) || !mayPass(error)) throw error;
    }
  };
  const endOf = async (id: string, event: JobEvent | null): Promise<JobInfo> => {
    const known = state.jobs.get(id);
    try {
      return await client.job(id, { signal: ending });
    } catch (error) {
      const isForgotten = error instanceof ClientError && error.code === 'notFound';
      if (!isForgotten || event === null || known === undefined || !isEndType(event.type)) throw error;
      return { ...known, status: event.type, completed_at: event.at };
    }
  };
  const isDone = () =>
    named === null
      ? state.waiting.length === 0 && ![...state.jobs.values()].some((job) => !isOver(job))
      : [...named].every((id) => !isOpen(state.jobs.get(id)));

  const watch = async (): Promise<WatchState> => {
    await wake.promise;
    for (;;) {
      wake = Promise.withResolvers();
      const began = performance.now();
      await look();
      if (!isStale && unasked.size === 0 && isDone()) return state;
      const runs = [...state.jobs.values()].some(({ status }) => status === 'running');
      await Promise.race([wake.promise, ...(runs || isStale ? [passed(PROGRESS, ending)] : [])]);
      // A server whose answers take long is not asked all the time.
      await passed(GATHER + (performance.now() - began) / 10, ending);
    }
  };
  const listening = listen();
  try {
    return await Promise.race([listening, watch()]);
  } finally {
    over.abort();
    listening.catch(() => {});
  }
}

const isOpen = (job: JobInfo | undefined): boolean => job === undefined || !isOver(job);

const isEndType = (type: JobEvent['type']): type is 'completed' | 'failed' | 'cancelled' => ends.has(type);

type Asked = { wasStale: boolean; ending: AbortSignal };

/** What runs, and when something has happened what waits. */
async function lists(client: WatchClient, { jobs: known }: WatchState, { wasStale, ending: signal }: Asked) {
  const jobs: JobInfo[] = [];
  const runs = [...known.values()].some(({ status }) => status === 'running');
  if (wasStale || runs) {
    for await (const job of client.allJobs({ status: 'running' }, { signal })) jobs.push(job);
  }
  if (!wasStale) return { jobs, queue: null };
  const queue = await client.queue({ signal });
  if (queue.queued_jobs.length > 0) {
    jobs.push(...(await client.jobs({ status: 'queued', order: 'oldest', limit: 200 }, { signal })).jobs);
  }
  // By their priority others may be first.
  const listed = new Set(jobs.map(({ job_id: id }) => id));
  for (const id of queue.queued_jobs.slice(0, HEAD)) {
    if (!listed.has(id) && !known.has(id)) jobs.push(await client.job(id, { signal }));
  }
  return { jobs, queue };
}

/** Resolves after so many milliseconds, or when the signal is aborted. */
async function passed(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
}
