import type { EngineState } from '../../../schemas/engine/engine.ts';
import type { Backend } from '../backend.ts';

type Options = {
  /** Milliseconds that a question for the state of the engine waits for it. */
  patience?: number;
  /** Called when it cannot be reached any more, or from the first, and why; and when it can again (null). */
  onReach?: (reason: string | null) => void;
};

/**
 * Tells how the place where runs run is, soon, whatever it does: what it says now, or when it takes long what it said
 * last. It is asked one question at a time.
 */
export function createEngineWatch(
  { name, describe }: Pick<Backend, 'name' | 'describe'>,
  { patience = 1_000, onReach = () => {} }: Options = {},
): () => Promise<EngineState> {
  let known: EngineState = {
    name,
    reachable: false,
    reason: 'it has not answered yet',
    ...{ queued: null, running: null, nodes: [] },
  };
  let asking: Promise<EngineState> | null = null;
  let wasReachable = true;

  const ask = async (): Promise<EngineState> => {
    try {
      known = await describe();
    } catch (error) {
      known = { ...known, reachable: false, reason: String(error) };
    }
    asking = null;
    if (known.reachable !== wasReachable) onReach(known.reachable ? null : known.reason);
    wasReachable = known.reachable;
    return known;
  };

  return async () => {
    asking ??= ask();
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), patience);
    try {
      return (await Promise.race([asking, late.promise])) ?? known;
    } finally {
      clearTimeout(timer);
    }
  };
}
