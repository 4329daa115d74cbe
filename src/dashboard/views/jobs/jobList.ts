import { createStore } from '@xstate/store';
import { type Client, ClientError, type FeedItem, type JobEvent } from '../../../client/index.ts';
import { createRefresher } from '../../state/refresher.ts';
import { type JobsView, viewKey } from './filters.ts';
import { createNewcomers } from './newcomers.ts';
import { rowOf } from './row.ts';
import { createRows, type Rows } from './rows.ts';

/** Jobs of the first page, which is to be there soon, and of those that follow. */
const FIRST_PAGE = 100;
const PAGE = 200;
/** Rows that are read again at a time, and how many of them at once. */
const READ_AGAIN = 48;
const AT_ONCE = 4;

type ListState = {
  /** What the rows are of; null: no page has come. */
  view: JobsView | null;
  rows: Rows;
  /** Counts the openings: each begins at its top. */
  opened: number;
  /** Counts changes of rows, of which the list is the same. */
  version: number;
  /** The first page of another view, or of this one again, is under way. */
  isOpening: boolean;
  isLoading: boolean;
  /** Where the next page begins; null: all have come. */
  next: string | null;
  error: ClientError | null;
  newcomers: number;
  areNewcomersMore: boolean;
};

const initial = (): ListState => ({
  ...{ view: null, rows: createRows(), opened: 0, version: 0, isOpening: false, isLoading: false, next: null },
  ...{ error: null, newcomers: 0, areNewcomersMore: false },
});

/** A list of jobs: read page by page, and kept as its jobs are where they are shown. */
export function createJobList(client: Client) {
  const store = createStore({
    context: initial(),
    on: {
      'list.opening': (context) => ({ ...context, isOpening: true, isLoading: true, error: null }),
      'list.opened': (context, { view, rows, next }: { view: JobsView; rows: Rows; next: string | null }) => ({
        ...{ ...context, view, rows, next, isOpening: false, isLoading: next !== null && rows.count === 0 },
        ...{ opened: context.opened + 1, version: context.version + 1 },
      }),
      'page.loading': (context) => ({ ...context, isLoading: true, error: null }),
      'page.read': (context, { next }: { next: string | null }) => ({
        ...{ ...context, next, isLoading: next !== null && context.rows.count === 0, version: context.version + 1 },
      }),
      'page.failed': (context, { error }: { error: ClientError }) => ({
        ...{ ...context, error, isOpening: false, isLoading: false },
      }),
      'rows.read': (context) => ({ ...context, version: context.version + 1 }),
      'newcomers.found': (context, { count, isMore }: { count: number; isMore: boolean }) => ({
        ...{ ...context, newcomers: count, areNewcomersMore: isMore },
      }),
    },
  });
  const state = () => store.getSnapshot().context;
  const shown = new Map<string, number>();
  let wanted: JobsView = { order: 'newest' };
  let opening = new AbortController();
  /** What happened while a page was under way, which may be from before. */
  let meanwhile: JobEvent[] = [];

  /** What has no answer is asked for again: by the reader, or when the connection is back. */
  const failed = (error: unknown) => {
    if (!(error instanceof ClientError)) throw error;
  };
  const newcomers = createNewcomers({
    client,
    view: () => wanted,
    signal: () => opening.signal,
    isShown: (id) => state().rows.has(id),
    read: (jobs) => {
      const { rows } = state();
      for (const job of jobs) {
        rows.put(rowOf(job));
        rows.setStale(job.job_id, false);
      }
      store.trigger['rows.read']();
      refresher.request();
    },
    found: (count, isMore) => {
      const { rows, next, view, isOpening } = state();
      // Where there is no row, none is shifted.
      if (count > 0 && rows.count === 0 && next === null && view !== null && !isOpening) return void open(wanted);
      if (count !== state().newcomers || isMore !== state().areNewcomersMore)
        store.trigger['newcomers.found']({ count, isMore });
    },
    failed,
  });

  const page = async (view: JobsView, cursor: string | undefined, signal: AbortSignal) => {
    meanwhile = [];
    const { jobs, next_cursor: next } = await client.jobs(
      { ...view, cursor, limit: cursor === undefined ? FIRST_PAGE : PAGE },
      { signal },
    );
    return { rows: jobs.map(rowOf), next };
  };
  const unlessOver = (signal: AbortSignal) => (error: unknown) => {
    if (signal.aborted) return;
    if (!(error instanceof ClientError)) throw error;
    store.trigger['page.failed']({ error });
  };

  async function open(view: JobsView): Promise<void> {
    opening.abort();
    opening = new AbortController();
    const { signal } = opening;
    wanted = view;
    store.trigger['list.opening']();
    await (async () => {
      const first = await page(view, undefined, signal);
      if (signal.aborted) return;
      const rows = createRows();
      rows.append(first.rows);
      newcomers.clear();
      store.trigger['list.opened']({ view, rows, next: first.next });
      catchUp();
      if (rows.count === 0) await goOn(signal);
    })().catch(unlessOver(signal));
  }

  /** Reads pages until one has rows: a search answers what it has found in a while, which may be nothing. */
  async function goOn(signal: AbortSignal): Promise<void> {
    const { rows, view } = state();
    const before = rows.count;
    for (;;) {
      const { next } = state();
      if (next === null || view === null || rows.count > before) return;
      store.trigger['page.loading']();
      const more = await page(view, next, signal);
      if (signal.aborted) return;
      rows.append(more.rows);
      store.trigger['page.read']({ next: more.next });
      catchUp();
    }
  }

  function catchUp(): void {
    const events = meanwhile;
    meanwhile = [];
    for (const event of events) take(event);
  }

  const refresher = createRefresher(async () => {
    const { rows } = state();
    const { signal } = opening;
    const due = [...shown.keys()].filter(rows.isStale);
    const now = due.slice(0, READ_AGAIN);
    let isAway = false;
    const read = async () => {
      for (let id = now.shift(); id !== undefined; id = now.shift()) {
        rows.setStale(id, false);
        try {
          rows.put(rowOf(await client.job(id, { signal })));
        } catch (error) {
          const row = rows.at(rows.indexOf(id));
          if (error instanceof ClientError && error.code === 'notFound' && row) rows.put({ ...row, isGone: true });
          else {
            rows.setStale(id, true);
            isAway = true;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, read));
    if (due.length > 0) store.trigger['rows.read']();
    // What had no answer is asked for when the connection is back: asking on would never end.
    if (due.length > READ_AGAIN && !isAway) refresher.request();
  }, failed);

  /** Events may have been missed, or the rows are old: all are read again where they are shown. */
  function refresh(): void {
    state().rows.setAllStale();
    // The first page brings the rows that are on it; the others are read when it has come.
    newcomers.look();
  }

  /** Takes what the feed says. */
  function take(item: FeedItem): void {
    const { rows, next, isLoading } = state();
    if (item.type === 'gap') {
      refresh();
      return;
    }
    if (isLoading) meanwhile.push(item);
    if (rows.has(item.job_id)) {
      rows.setStale(item.job_id, true);
      if (shown.has(item.job_id)) refresher.request();
    } else newcomers.note(item, next === null);
  }

  return {
    store,
    /** Lists other jobs, or these anew. The rows before stand until there are others. */
    open,
    /** Lists these, unless it does already: then what may have changed is read again. */
    show: (view: JobsView): void => {
      if (state().view === null || viewKey(view) !== viewKey(wanted)) return void open(view);
      refresh();
    },
    reload: (): void => void open(wanted),
    /** Reads the next page, unless one is under way. */
    more: (): void => {
      const { isLoading, next, error } = state();
      if (isLoading || next === null || error !== null) return;
      const { signal } = opening;
      void goOn(signal).catch(unlessOver(signal));
    },
    /** Goes on after something had no answer. */
    again: (): void => {
      const { error, view, next } = state();
      if (error === null) return;
      if (view === null || viewKey(view) !== viewKey(wanted) || next === null) return void open(wanted);
      const { signal } = opening;
      void goOn(signal).catch(unlessOver(signal));
    },
    /** A row is drawn: what changes of its job is shown. @returns what ends it. */
    watch: (id: string): (() => void) => {
      shown.set(id, (shown.get(id) ?? 0) + 1);
      if (state().rows.isStale(id)) refresher.request();
      return () => {
        const times = (shown.get(id) ?? 1) - 1;
        if (times > 0) shown.set(id, times);
        else shown.delete(id);
      };
    },
    take,
    refresh,
    /** Reads the rows of a state again that are shown: progress, and what a job waits for, are no events. */
    readAgain: (status: 'running' | 'queued'): void => {
      const { rows } = state();
      for (const id of shown.keys()) {
        if (rows.at(rows.indexOf(id))?.status === status) rows.setStale(id, true);
      }
      refresher.request();
    },
  };
}

export type JobList = ReturnType<typeof createJobList>;
