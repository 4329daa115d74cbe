import type { EngineState } from '../../schemas/engine.ts';
import { createDescription, type EngineSight } from '../engine/description.ts';
import type { RayApi } from './api.ts';

/** Makes the function that tells how the cluster is. */
export const createDescribe = (api: RayApi): (() => Promise<EngineState>) => createDescription('ray', () => look(api));

async function look(api: RayApi): Promise<EngineSight> {
  const [jobs, all] = await Promise.all([api.jobs(), api.nodes().catch(() => [])]);
  const count = (status: string) => jobs.filter((job) => job.status === status).length;
  return {
    queued: count('PENDING'),
    running: count('RUNNING'),
    nodes: all.map(({ name, state }) => ({ name, state })),
  };
}
