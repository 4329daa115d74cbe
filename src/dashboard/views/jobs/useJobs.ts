import { useEffect, useMemo } from 'preact/hooks';
import { type Live, useLive } from '../../state/live.ts';
import { connectionOf } from '../../state/server.ts';
import { type JobsView, viewKey } from './filters.ts';
import { createJobList, type JobList } from './jobList.ts';
import { createSelection, type Selection } from './selection.ts';

/** Milliseconds between looks at runs that are shown, and at jobs that wait. */
const RUNS_EVERY = 2_500;
const WAITING_EVERY = 5_000;

/** The list, and what the reader has done with it: kept while another view is shown, so that Back leads to where it was. */
export type JobsPage = {
  list: JobList;
  selection: Selection;
  /** What the address says of the list that the following are of. */
  key: string | null;
  /** Pixels from its top, and at which of its openings. */
  scrolled: { opened: number; top: number };
  /** The row that the keys are at. */
  current: string | null;
};

const pages = new WeakMap<Live['store'], JobsPage>();

/** The page of this session; while it is shown it lists the jobs of `view`, and follows them. */
export function useJobs(view: JobsView): JobsPage {
  const { client, feed, store } = useLive();
  const page = useMemo(() => {
    const made = pages.get(store) ?? {
      ...{ list: createJobList(client), selection: createSelection() },
      ...{ key: null, scrolled: { opened: 0, top: 0 }, current: null },
    };
    pages.set(store, made);
    return made;
  }, [store]);
  const { list } = page;

  const key = viewKey(view);
  useEffect(() => {
    // What was selected is out of the list: it is not to be acted on unseen.
    if (page.key !== null && page.key !== key) page.selection.trigger.cleared();
    page.key = key;
    list.show(view);
  }, [page, key]);
  useEffect(() => {
    let isChanged = false;
    let before = connectionOf(store.getSnapshot().context);
    const subscription = store.subscribe(({ context }) => {
      const connection = connectionOf(context);
      if (before !== 'open' && connection === 'open') {
        list.refresh();
        list.again();
      }
      before = connection;
    });
    const end = feed.subscribe((item) => {
      isChanged = true;
      list.take(item);
    });
    const runs = setInterval(() => document.hidden || list.readAgain('running'), RUNS_EVERY);
    const waiting = setInterval(() => {
      if (document.hidden || !isChanged) return;
      isChanged = false;
      list.readAgain('queued');
    }, WAITING_EVERY);
    return () => {
      subscription.unsubscribe();
      end();
      clearInterval(runs);
      clearInterval(waiting);
    };
  }, [list, feed, store]);
  return page;
}
