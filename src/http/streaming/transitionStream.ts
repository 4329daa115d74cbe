import type { LiveStates } from '../../schemas/server/machines.ts';
import type { TransitionsPort } from '../dependencies.ts';
import type { EventSource, ServerSentEvent } from './serverSentEvents.ts';

/** Characters that may wait for a reader; for one that is further behind the stream ends, and it may come again. */
const BACKLOG = 1024 * 1024;

/**
 * The transitions of all machines from now on. First the state at the beginning, so that a reader needs nothing else, and
 * misses nothing between two requests. They are nowhere on record, so what a reader has not taken yet waits here.
 */
export function transitionStream(live: () => LiveStates, sources: readonly TransitionsPort[]): EventSource {
  let waiting: ServerSentEvent[] = [];
  let length = 0;
  let isBehind = false;
  const add = (event: string, value: object) => {
    const data = JSON.stringify(value);
    waiting.push({ event, data });
    length += data.length;
  };
  return {
    pull: () => {
      if (isBehind) return null;
      const page = waiting;
      waiting = [];
      length = 0;
      return page;
    },
    subscribe: (wake) => {
      add('live', live());
      const ends = sources.map((source) =>
        source.observeTransitions((report) => {
          add('transition', report);
          if (length > BACKLOG) {
            isBehind = true;
            waiting = [];
            end();
          }
          wake();
        }),
      );
      const end = () => {
        for (const endOne of ends) endOne();
      };
      return end;
    },
  };
}
