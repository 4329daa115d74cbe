import type { AppDependencies } from './dependencies.ts';
import type { EventSource, ServerSentEvent } from './sse.ts';

/** Characters that may wait for a reader; for one that is further behind the stream ends, and it may come again. */
const BACKLOG = 1024 * 1024;

/**
 * The transitions of all machines from now on. First the state at the beginning, so that a reader needs nothing else, and
 * misses nothing between two requests. They are nowhere on record, so what a reader has not taken yet waits here.
 */
export function transitionsFeed(
  scheduler: Pick<AppDependencies['scheduler'], 'getLiveStates' | 'observeTransitions'>,
): EventSource {
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
      add('live', scheduler.getLiveStates());
      const end = scheduler.observeTransitions((report) => {
        add('transition', report);
        if (length > BACKLOG) {
          isBehind = true;
          waiting = [];
          end();
        }
        wake();
      });
      return end;
    },
  };
}
