import { type Client, ClientError } from '../../client/index.ts';
import type { Feed } from './feed.ts';
import { createRefresher } from './refresher.ts';
import { QUEUE_SHOWN, type ServerStore } from './server.ts';
import { whileSeen } from './whileSeen.ts';

/** Milliseconds between looks at what no event tells, while the page is seen: health, and whether the queue is paused. */
const LOOK_EVERY = 5_000;
/** Milliseconds before a server that was never reached is tried again. */
const AGAIN = 2_000;

type Following = {
  client: Client;
  store: ServerStore;
  feed: Feed;
  /** Called when the token is no longer good. */
  onUnauthorized(): void;
};

/**
 * Keeps the store as the server is while the page is seen, and publishes what happens, until the returned function is called. The feed of events
 * is resumed where it was lost, across restarts of the server; whatever it tells has the queue read again.
 */
export function followServer({ client, store, feed, onUnauthorized }: Following): () => void {
  const over = new AbortController();
  const { signal } = over;
  const refuse = (error: unknown) => {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === 'unauthorized') onUnauthorized();
    if (error.code === 'unreachable') store.trigger['request.lost']();
  };
  const queue = createRefresher(async () => {
    store.trigger['queue.read']({ queue: await client.queue({ limit: QUEUE_SHOWN, signal }), at: Date.now() });
  }, refuse);
  const health = createRefresher(async () => {
    store.trigger['health.read']({ health: await client.health({ signal }), at: Date.now() });
  }, refuse);
  const refresh = () => {
    queue.request();
    health.request();
  };

  const follow = async (seen: AbortSignal) => {
    const onConnection = ({ state }: { state: 'open' | 'lost' }) => {
      if (state === 'lost') return store.trigger['feed.lost']();
      store.trigger['feed.opened']();
      refresh();
    };
    while (!seen.aborted) {
      try {
        for await (const item of client.events({ signal: seen, onConnection })) {
          feed.publish(item);
          queue.request();
          if (item.type !== 'submitted') health.request();
        }
      } catch (error) {
        if (seen.aborted) break;
        refuse(error);
        store.trigger['feed.lost']();
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
    // What happens meanwhile is asked for when it is followed again.
    store.trigger['feed.left']();
  };
  void whileSeen(signal, follow);

  const timer = setInterval(() => {
    if (!document.hidden) refresh();
  }, LOOK_EVERY);
  const onVisible = () => {
    if (!document.hidden) refresh();
  };
  document.addEventListener('visibilitychange', onVisible);
  refresh();
  return () => {
    over.abort();
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
