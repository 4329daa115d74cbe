import { createStore } from '@xstate/store';
import type { Health, Queue } from '../../client/index.ts';

/** Waiting jobs of which the ids are asked for: the list of jobs has the others. */
export const QUEUE_SHOWN = 20;

export type Connection = 'connecting' | 'open' | 'lost';

type ServerState = {
  /** How the feed of events is. */
  feed: Connection;
  /** Whether the last request was answered. */
  answers: boolean;
  /** When the last answer came, milliseconds since 1970; null: none has come. */
  asOf: number | null;
  queue: Queue | null;
  health: Health | null;
};

const initial: ServerState = { feed: 'connecting', answers: true, asOf: null, queue: null, health: null };

/** What every view shows of the server: how it is, and what it is doing. Changed by events only, which {@link followServer} sends. */
export function createServerStore() {
  return createStore({
    context: initial,
    on: {
      'feed.opened': (context) => ({ ...context, feed: 'open' as const }),
      /** It is not followed while the page is not seen. */
      'feed.left': (context) => ({ ...context, feed: 'connecting' as const }),
      'feed.lost': (context) => ({ ...context, feed: 'lost' as const }),
      'request.lost': (context) => ({ ...context, answers: false }),
      'queue.read': (context, { queue, at }: { queue: Queue; at: number }) => ({
        ...context,
        queue,
        asOf: at,
        answers: true,
      }),
      'health.read': (context, { health, at }: { health: Health; at: number }) => ({
        ...context,
        health,
        asOf: at,
        answers: true,
      }),
    },
  });
}

export type ServerStore = ReturnType<typeof createServerStore>;

/** Whether what is shown is what is: a network that is gone shows first in a request, a server that has ended in the feed. */
export const connectionOf = ({ feed, answers }: Pick<ServerState, 'feed' | 'answers'>): Connection =>
  answers ? feed : 'lost';
