import type { z } from 'zod';
import { RunError } from '../contract.ts';
import { EngineAway } from '../engine/away.ts';
import { type RayJob, type RaySubmission, rayJobSchema, rayNodesSchema } from './answers.ts';
import { askRay, type RayAddress, type RayAnswer, wordsOf } from './http.ts';

/** A machine of the cluster, and what it has in all, free or not. */
export type RayNode = { name: string; state: string; cpus: number; gpus: number };

/** Ray's Jobs API. Every method throws EngineAway when Ray does not answer, or cannot say. */
export type RayApi = {
  /**
   * Submits a job.
   * @returns whether it is new; false: there is one with this id. @throws RunError when Ray refuses it.
   */
  submit(submission: RaySubmission): Promise<boolean>;
  /** Null: Ray knows none with this id. */
  job(id: string): Promise<RayJob | null>;
  /** All that Ray remembers, others' too. */
  jobs(): Promise<RayJob[]>;
  /** Asks a job to end: TERM, then KILL. Ray keeps the wish of one that is pending until it starts. None: no error. */
  stop(id: string): Promise<void>;
  /** Has Ray forget a job that has ended. @returns whether it did. */
  forget(id: string): Promise<boolean>;
  nodes(): Promise<RayNode[]>;
};

export function createRayApi(address: RayAddress): RayApi {
  const pathOf = (id: string) => `/api/jobs/${encodeURIComponent(id)}`;
  const away = (answer: RayAnswer) => new EngineAway(`Ray at ${address.url} fails: ${wordsOf(answer)}`);

  const read = <T>(schema: z.ZodType<T>, answer: RayAnswer): T => {
    if (answer.status !== 200) throw away(answer);
    try {
      return schema.parse(JSON.parse(answer.text));
    } catch {
      throw new EngineAway(`what answers at ${address.url} is not Ray's Jobs API`);
    }
  };

  return {
    async submit(submission) {
      const answer = await askRay(address, 'POST', '/api/jobs/', submission);
      if (answer.status === 200) return true;
      // By its status a failure of the server, where it only hands on that the client is wrong.
      const isServers = answer.status >= 500;
      if (isServers && answer.text.includes('already exists')) return false;
      if (isServers && !/failed with status code 4\d\d/.test(answer.text)) throw away(answer);
      throw new RunError(`Ray does not take it: ${wordsOf(answer)}`);
    },

    async job(id) {
      const answer = await askRay(address, 'GET', pathOf(id));
      // Not any 404: what stands before a Ray that is away may answer so too.
      const isNone = answer.status === 404 && answer.text.includes('does not exist');
      return isNone ? null : read(rayJobSchema, answer);
    },

    async jobs() {
      return read(rayJobSchema.array(), await askRay(address, 'GET', '/api/jobs/'));
    },

    async stop(id) {
      const answer = await askRay(address, 'POST', `${pathOf(id)}/stop`);
      if (answer.status !== 200 && answer.status !== 404) throw away(answer);
    },

    async forget(id) {
      const { status } = await askRay(address, 'DELETE', pathOf(id));
      return status === 200 || status === 404;
    },

    async nodes() {
      const { data } = read(rayNodesSchema, await askRay(address, 'GET', '/api/v0/nodes'));
      return data.result.result.map(({ node_name: name, state, resources_total: has }) => ({
        name,
        state,
        cpus: has?.['CPU'] ?? 0,
        gpus: has?.['GPU'] ?? 0,
      }));
    },
  };
}
