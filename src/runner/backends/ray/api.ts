import type { z } from 'zod';
import { RunError, UnavailableError } from '../../../machines/ports/runner.ts';
import { EngineUnavailableError } from '../shared/unavailable.ts';
import { type RayJob, type RaySubmission, rayJobSchema, rayNodesSchema, rayVersionSchema } from './answers.ts';
import { askRay, messageOf, type RayAddress, type RayAnswer } from './http.ts';

/** A machine of the cluster, and what it has in all, free or not. */
export type RayNode = { name: string; state: string; resources: Readonly<Record<string, number>> };

/** Ray's Jobs API. Every method throws EngineAway when Ray does not answer, or cannot say. */
export type RayApi = {
  /**
   * Submits a job.
   * @returns whether it is new; false: there is one with this id. @throws RunError when Ray refuses it for what it is,
   * UnavailableError when it, or what stands before it, takes none.
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
  /** Asks what answers whether it is Ray. @throws UnavailableError when it is not, or does not say. */
  expectRay(): Promise<void>;
};

export function createRayApi(address: RayAddress): RayApi {
  const pathOf = (id: string) => `/api/jobs/${encodeURIComponent(id)}`;
  const away = (answer: RayAnswer) => new EngineUnavailableError(`Ray at ${address.url} fails: ${messageOf(answer)}`);

  const read = <T>(schema: z.ZodType<T>, answer: RayAnswer): T => {
    if (answer.status !== 200) throw away(answer);
    try {
      return schema.parse(JSON.parse(answer.text));
    } catch {
      throw new EngineUnavailableError(`what answers at ${address.url} is not Ray's Jobs API`);
    }
  };

  return {
    async submit(submission) {
      const answer = await askRay(address, 'POST', '/api/jobs/', submission);
      if (answer.status === 200) return true;
      // By its status a failure of the server, where it only hands on that the client is wrong.
      const isServers = answer.status >= 500;
      if (isServers && answer.text.includes('already exists')) return false;
      const isHandedOn = isServers && /failed with status code 4\d\d/.test(answer.text);
      if (isServers && !isHandedOn) throw away(answer);
      throw refusalOf(answer, isHandedOn, address.url);
    },

    async expectRay() {
      const answer = await askRay(address, 'GET', '/api/version');
      if (answer.status !== 200) {
        throw new UnavailableError(
          `what answers at ${address.url} is not Ray, or stands before it: ${messageOf(answer)}`,
        );
      }
      try {
        rayVersionSchema.parse(JSON.parse(answer.text));
      } catch (cause) {
        throw new UnavailableError(`what answers at ${address.url} is not Ray; see --ray-address`, {
          kind: 'settings',
          cause,
        });
      }
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
        resources: has ?? {},
      }));
    },
  };
}

/** What a body that is too long is answered with, by Ray or by what stands before it. */
const TOO_LONG = [413, 414, 431];

/**
 * Whose fault a refusal is. Ray itself refuses what it cannot read with 400: the job's own words, or the operator's environment
 * (`runtime_env`), which all jobs have. Every other answer is that of something that stands before Ray, or instead of it.
 */
function refusalOf(answer: RayAnswer, isHandedOn: boolean, url: string): RunError | UnavailableError {
  const words = messageOf(answer);
  if (TOO_LONG.includes(answer.status)) return new RunError(`Ray does not take it: ${words}`);
  if (!isHandedOn && answer.status !== 400) {
    return new UnavailableError(`what answers at ${url} takes no jobs: ${words}; see --ray-address`);
  }
  return /runtime_?env/i.test(answer.text)
    ? new UnavailableError(`Ray does not take its environment: ${words}; see --ray-runtime-env`, { kind: 'settings' })
    : new RunError(`Ray does not take it: ${words}`);
}
