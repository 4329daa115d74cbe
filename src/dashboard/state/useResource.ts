import { useEffect, useRef, useState } from 'preact/hooks';
import { ClientError, type FeedItem } from '../../client/index.ts';
import { useLive } from './live.ts';
import { createRefresher } from './refresher.ts';
import { connectionOf } from './server.ts';

export type Resource<T> = {
  /** The last answer, also while another is under way or the server is away; null: none has come. */
  value: T | null;
  /** Why the last request had no answer; null when it had. */
  error: ClientError | null;
  reload(): void;
};

type Refreshing = {
  /** Which events have it asked for again; after a gap it always is. */
  on?: (item: Exclude<FeedItem, { type: 'gap' }>) => boolean;
  /** Milliseconds after which it is asked for again while the page is seen; left out: never. */
  every?: number | undefined;
  /** Under another key the last value is shown until there is one of that key. */
  keep?: boolean;
};

/**
 * Something of the server, kept fresh: asked for when `key` changes, when an event says so, and when the connection is back.
 * @param key what `load` depends on, as text; null: nothing is asked for.
 */
export function useResource<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { on, every, keep = false }: Refreshing = {},
): Resource<T> {
  const { feed, store } = useLive();
  const [state, setState] = useState<{ key: string | null; value: T | null; error: ClientError | null }>({
    key,
    value: null,
    error: null,
  });
  const latest = useRef({ load, on });
  latest.current = { load, on };
  const reload = useRef(() => {});

  useEffect(() => {
    if (key === null) return;
    const over = new AbortController();
    const { request } = createRefresher(
      async () => {
        const value = await latest.current.load(over.signal);
        if (!over.signal.aborted) setState({ key, value, error: null });
      },
      (error) => {
        if (over.signal.aborted) return;
        if (!(error instanceof ClientError)) throw error;
        setState((known) => ({ key, value: keep || known.key === key ? known.value : null, error }));
      },
    );
    reload.current = request;
    const ends = [
      feed.subscribe((item) => {
        if (item.type === 'gap' || latest.current.on?.(item)) request();
      }),
      onceConnected(store, request, () => latest.current.on !== undefined),
    ];
    const timer = every === undefined ? undefined : setInterval(() => document.hidden || request(), every);
    request();
    return () => {
      over.abort();
      clearInterval(timer);
      for (const end of ends) end();
    };
  }, [key, every, feed, store]);

  const isKnown = state.key === key;
  return {
    value: isKnown || keep ? state.value : null,
    error: isKnown ? state.error : null,
    reload: () => reload.current(),
  };
}

/** @param isFollowed whether events are waited for: those before the feed was there have been missed. */
function onceConnected(
  store: ReturnType<typeof useLive>['store'],
  then: () => void,
  isFollowed: () => boolean,
): () => void {
  let before = connectionOf(store.getSnapshot().context);
  const subscription = store.subscribe(({ context }) => {
    const connection = connectionOf(context);
    if (connection === 'open' && (before === 'lost' || (before === 'connecting' && isFollowed()))) then();
    before = connection;
  });
  return () => subscription.unsubscribe();
}
