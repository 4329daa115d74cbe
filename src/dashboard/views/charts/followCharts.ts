import { createStore } from '@xstate/store';
import { type Client, ClientError, type LiveStates, type TransitionReport } from '../../../client/index.ts';
import { whileSeen } from '../../state/whileSeen.ts';
import { afterTransition, type ChartsState, endStates, knowStates } from './chartsState.ts';

/** Milliseconds before a stream that was refused is tried again, and before counts are asked for anew. */
const AGAIN = 5_000;
const RECOUNT = 1_000;

type Known = { charts: ChartsState | null; isLive: boolean };

export type ChartsFeed = ReturnType<typeof createChartsFeed>;

/** What is known of the charts, kept as the server is while {@link followCharts} goes on; and each transition for what shows it. */
export function createChartsFeed() {
  const initial: Known = { charts: null, isLive: false };
  const store = createStore({
    context: initial,
    on: {
      'connection.lost': (known) => ({ ...known, isLive: false }),
      'live.read': ({ charts }, { live }: { live: LiveStates }) => ({ charts: knowStates(live, charts), isLive: true }),
      'transition.seen': (known, { report }: { report: TransitionReport }) =>
        known.charts === null ? known : { ...known, charts: afterTransition(known.charts, report) },
    },
  });
  const listeners = new Set<(report: TransitionReport) => void>();
  return {
    store,
    see: (report: TransitionReport): void => {
      store.trigger['transition.seen']({ report });
      for (const listener of [...listeners]) listener(report);
    },
    /** @returns what ends it. */
    subscribe: (listener: (report: TransitionReport) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Follows the charts until the returned function is called. The server says the states first, then every transition. */
export function followCharts(client: Client, { store, see }: ChartsFeed): () => void {
  const over = new AbortController();
  const { signal } = over;
  let recount: ReturnType<typeof setTimeout> | undefined;

  const count = async () => {
    recount = undefined;
    const before = store.getSnapshot().context.charts?.seen;
    const live = await client.live({ signal }).catch(unlessClients);
    if (live === null) return;
    // When something happened meanwhile, the counts were of before.
    if (store.getSnapshot().context.charts?.seen === before) store.trigger['live.read']({ live });
    else countSoon();
  };
  const countSoon = () => {
    recount ??= setTimeout(count, RECOUNT);
  };

  const follow = async (seen: AbortSignal) => {
    const onConnection = ({ state }: { state: 'open' | 'lost' }) => {
      if (state === 'lost') store.trigger['connection.lost']();
    };
    while (!seen.aborted) {
      try {
        for await (const item of client.liveTransitions({ signal: seen, onConnection })) {
          if (item.type === 'live') {
            store.trigger['live.read']({ live: item.live });
            continue;
          }
          const { transition } = item;
          see(transition);
          // Jobs are forgotten, and deliveries that are no longer among the next ones end, without a transition.
          if (transition.machine === 'delivery' || (transition.machine === 'job' && endStates.has(transition.to))) {
            countSoon();
          }
        }
      } catch (error) {
        unlessClients(error);
        if (seen.aborted) return;
        store.trigger['connection.lost']();
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
  };
  void whileSeen(signal, follow);
  return () => {
    over.abort();
    clearTimeout(recount);
  };
}

/** The frame says that the server is away, or that a token is no longer good. @throws what is no fault of a call. */
function unlessClients(error: unknown): null {
  if (error instanceof ClientError) return null;
  throw error;
}
