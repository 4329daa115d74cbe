import type { Client, JobEvent, JobInfo, JobStatus } from '../../../client/index.ts';
import { createRefresher } from '../../state/refresher.ts';
import { filterOf, type JobsView } from './filters.ts';

/** The state that an event leads a job into; null: its state is what it was. */
const entered = (type: JobEvent['type']): JobStatus | null => {
  switch (type) {
    case 'submitted':
      return 'queued';
    case 'started':
      return 'running';
    case 'completed':
    case 'failed':
    case 'cancelled':
      return type;
    default:
      return null;
  }
};

/** Jobs that are asked about one by one; of more, the first page tells. */
const ONE_BY_ONE = 12;
const PAGE = 100;

type Options = {
  client: Pick<Client, 'jobs'>;
  view(): JobsView;
  signal(): AbortSignal;
  isShown(id: string): boolean;
  /** The first page came, which was asked for by `look`. */
  read(jobs: readonly JobInfo[]): void;
  /** How many there are; `isMore`: at least. */
  found(count: number, isMore: boolean): void;
  failed(error: unknown): void;
};

/** Counts jobs that belong into a list and are not in it: whether one does, is for the server to say. */
export function createNewcomers({ client, view, signal, isShown, read, found, failed }: Options) {
  const known = new Set<string>();
  const candidates = new Set<string>();
  let isMore = false;
  let isPageDue = false;
  const report = () => {
    for (const id of known) if (isShown(id)) known.delete(id);
    found(known.size, isMore);
  };

  const belongs = async (id: string): Promise<boolean> => {
    const asked = { ...filterOf(view()), id_prefix: id, limit: 1 };
    for (let cursor: string | undefined; ; ) {
      const { jobs, next_cursor } = await client.jobs({ ...asked, cursor }, { signal: signal() });
      if (jobs.length > 0 || next_cursor === null) return jobs.length > 0;
      cursor = next_cursor;
    }
  };
  const look = async () => {
    const current = view();
    const asked = [...candidates];
    candidates.clear();
    if (asked.length > ONE_BY_ONE || isPageDue) {
      isPageDue = false;
      const { jobs } = await client.jobs({ ...current, limit: PAGE }, { signal: signal() });
      if (view() !== current) return;
      read(jobs);
      for (const { job_id: id } of jobs) if (!isShown(id)) known.add(id);
      isMore ||= jobs.length === PAGE && jobs.every(({ job_id: id }) => !isShown(id));
    } else {
      for (const id of asked) {
        if (!isShown(id) && (await belongs(id)) && view() === current) known.add(id);
      }
    }
    report();
  };
  const { request } = createRefresher(look, failed);

  return {
    /** Takes note of what happened to a job that is not in the list. */
    note: ({ type, job_id: id }: JobEvent, isEndLoaded: boolean): void => {
      const status = entered(type);
      const { order, status: wanted, ...others } = view();
      if (status === null) return;
      // What comes last is loaded when the end of the list is reached.
      if (order === 'oldest' && !isEndLoaded && type === 'submitted') return;
      if (wanted === undefined ? type !== 'submitted' : status !== wanted) {
        if (wanted !== undefined && known.delete(id)) report();
        return;
      }
      if (Object.values(others).every((value) => value === undefined)) {
        known.add(id);
        report();
      } else {
        candidates.add(id);
        request();
      }
    },
    /** Events may have been missed: asks for the first page. */
    look: (): void => {
      isPageDue = true;
      request();
    },
    clear: (): void => {
      known.clear();
      candidates.clear();
      isMore = false;
      report();
    },
  };
}
