import { errorMessage } from '../../../errors.ts';
import type { EngineState } from '../../../schemas/engine/engine.ts';

/** Milliseconds for which an answer is good. */
const FRESH = 5_000;

/** What a look at an engine shows. `reason`: why it takes less than it is given; absent or null: it takes all. */
export type EngineObservation = Pick<EngineState, 'queued' | 'running' | 'nodes' | 'down'> & { reason?: string | null };

type Nodes = EngineState['nodes'];

/** Nodes that are named one by one where none takes work. */
const NAMED = 5;

/** That no machine of an engine takes work, if it is so. Of an engine of which none are known nothing is known. @param isUp whether one does. */
export function downBy(nodes: Nodes, isUp: (node: Nodes[number]) => boolean): Pick<EngineState, 'down'> {
  if (nodes.length === 0 || nodes.some(isUp)) return {};
  const named = nodes.slice(0, NAMED).map(({ name, state }) => `${name} is ${state}`);
  const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : '';
  return { down: `none of its nodes takes work: ${named.join(', ')}${more}` };
}

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
