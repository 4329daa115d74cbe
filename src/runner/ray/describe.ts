import type { EngineState } from '../../schemas/engine.ts';
import type { RayApi } from './api.ts';

/** Milliseconds for which an answer is good. */
const FRESH = 3_000;

/** Tells how the cluster is. Whoever asks while an answer is awaited, or is fresh, gets that one. Never throws. */
export function createDescription(api: RayApi): () => Promise<EngineState> {
  let last: { at: number; state: Promise<EngineState> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at > FRESH) last = { at: performance.now(), state: describe(api) };
    return last.state;
  };
}

async function describe(api: RayApi): Promise<EngineState> {
  try {
    const [jobs, all] = await Promise.all([api.jobs(), api.nodes().catch(() => [])]);
    const count = (status: string) => jobs.filter((job) => job.status === status).length;
    const nodes = all.map(({ name, state }) => ({ name, state }));
    const [queued, running] = [count('PENDING'), count('RUNNING')];
    return { name: 'ray', reachable: true, reason: null, queued, running, nodes };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name: 'ray', reachable: false, reason, queued: null, running: null, nodes: [] };
  }
}
