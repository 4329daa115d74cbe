import { createStore } from '@xstate/store';
import type { Health, Queue } from '../../client/index.ts';

/** Waiting jobs of which the ids are asked for: the list of jobs has the others. */
export const QUEUE_SHOWN = 20;

export type Connection = 'connecting' | 'open' | 'lost';

type ServerState = {
  connection: Connection;
  /** When the last answer came, milliseconds since 1970; null: none has come. */
  asOf: number | null;
  queue: Queue | null;
  health: Health | null;
};

const initial: ServerState = { connection: 'connecting', asOf: null, queue: null, health: null };

/** What every view shows of the server: how it is, and what it is doing. Changed by events only, which {@link followServer} sends. */
export function createServerStore() {
  return createStore({
    context: initial,
    on: {
      'connection.opened': (context) => ({ ...context, connection: 'open' as const }),
      'connection.lost': (context) => ({ ...context, connection: 'lost' as const }),
      'queue.read': (context, { queue, at }: { queue: Queue; at: number }) => ({ ...context, queue, asOf: at }),
      'health.read': (context, { health, at }: { health: Health; at: number }) => ({ ...context, health, asOf: at }),
    },
  });
}

export type ServerStore = ReturnType<typeof createServerStore>;
