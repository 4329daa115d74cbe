import type { FeedItem } from '../../client/index.ts';

/** Hands what happens to jobs to every view that wants it. After a gap it is not known what changed: everything is asked for anew. */
export function createFeed() {
  const listeners = new Set<(item: FeedItem) => void>();
  return {
    publish: (item: FeedItem): void => {
      for (const listener of [...listeners]) listener(item);
    },
    /** @returns what ends it. */
    subscribe: (listener: (item: FeedItem) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export type Feed = ReturnType<typeof createFeed>;
