import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../session.ts';
import type { Feed } from './feed.ts';
import type { ServerStore } from './server.ts';

/** What every view stands on: the server, what is known of it, and what happens there. */
export type Live = Session & { store: ServerStore; feed: Feed };

export const LiveContext = createContext<Live | null>(null);

/** @throws Error outside of the frame, which provides it. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error('a view is drawn within the frame');
  return live;
}
