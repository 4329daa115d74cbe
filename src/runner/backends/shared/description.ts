import { errorMessage } from '../../../errors.ts';
import type { EngineState } from '../../../schemas/engine/engine.ts';

/** Milliseconds for which an answer is good. */
const FRESH = 5_000;

/** What a look at an engine shows. `reason`: why it takes less than it is given; absent or null: it takes all. */
export type EngineObservation = Pick<EngineState, 'queued' | 'running' | 'nodes'> & { reason?: string | null };

/**
 * Makes the function that tells how an engine is. A question while an answer is awaited, or is fresh, gets that one.
 * @param look throws when the engine cannot be seen, with the reason; what it made never does.
 */
export function createDescription(name: string, look: () => Promise<EngineObservation>): () => Promise<EngineState> {
  let last: { at: number; state: Promise<EngineState> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at > FRESH)
      last = { at: performance.now(), state: describe(name, look) };
    return last.state;
  };
}

async function describe(name: string, look: () => Promise<EngineObservation>): Promise<EngineState> {
  try {
    return { name, reachable: true, reason: null, ...(await look()) };
  } catch (error) {
    const reason = errorMessage(error);
    return { name, reachable: false, reason, queued: null, running: null, nodes: [] };
  }
}
