import { errorMessage } from '../../../errors.ts';
import { parseJson } from '../../../files/parseJson.ts';
import { isNamed } from '../../../schemas/engine/variables.ts';
import { shownMemory } from '../../../schemas/values/memory.ts';
import { type RaySubmission, rayResourcesSchema } from './answers.ts';
import type { RayNode } from './api.ts';

/** What a job of Ray asks for by the name of each resource, of which one node must have all. */
export function askedOf(submission: RaySubmission): ReadonlyMap<string, number> {
  const all = {
    CPU: submission.entrypoint_num_cpus,
    GPU: submission.entrypoint_num_gpus,
    memory: submission.entrypoint_memory ?? 0,
    ...submission.entrypoint_resources,
  };
  return new Map(Object.entries(all).filter(([, amount]) => amount > 0));
}

/**
 * Why no node that there is could ever run a job, with what the largest has; null: one could, if it were free. More may come: that is no
 * reason to end it.
 */
export function unmetBy(submission: RaySubmission, nodes: readonly RayNode[]): string | null {
  const alive = nodes.filter(({ state }) => state === 'ALIVE');
  if (alive.length === 0) return 'no node is alive';
  const asked = [...askedOf(submission)];
  if (alive.some(({ resources }) => asked.every(([name, amount]) => (resources[name] ?? 0) >= amount))) return null;
  const most = (name: string) => Math.max(...alive.map(({ resources }) => resources[name] ?? 0));
  const short = asked.filter(([name, amount]) => amount > most(name));
  if (short.length === 0) return `no node has ${asked.map(shown).join(' and ')} together`;
  const parts = short.map(([name, amount]) => `${shown([name, amount])}, the largest has ${shown([name, most(name)])}`);
  return `no node has ${parts.join('; or ')}`;
}

const shown = ([name, amount]: readonly [string, number]): string =>
  name === 'memory' ? `${shownMemory(amount)} of memory` : `${amount} ${name}`;

const KEY = 'resources=';

/**
 * What is wrong with words that a job has for Ray; null when nothing is. There is one: `resources={"accelerator_type:A100": 0.001}`.
 * @param allowed names of resources; one that ends in `*` stands for all that begin so.
 */
export function checkRayArgs(args: readonly string[], allowed: readonly string[]): string | null {
  for (const word of args) {
    if (!word.startsWith(KEY))
      return `${JSON.stringify(word.slice(0, 60))} is not of the form resources={"name": amount}`;
    const read = readResources(word);
    if ('fault' in read) return `resources ${read.fault}`;
    const refused = Object.keys(read.resources).find((name) => !isNamed(name, allowed));
    if (refused === undefined) continue;
    const some = allowed.length === 0 ? 'none' : allowed.join(', ');
    return `the resource ${JSON.stringify(refused.slice(0, 60))} may not be chosen by a job; this server allows ${some} (--ray-allow-resources)`;
  }
  return null;
}

/** The resources that words which were checked ask for; of several with one name the last counts. */
export function resourcesIn(args: readonly string[]): Record<string, number> {
  return Object.assign(
    {},
    ...args.map((word) => {
      const read = readResources(word);
      return 'fault' in read ? {} : read.resources;
    }),
  );
}

function readResources(word: string): { resources: Record<string, number> } | { fault: string } {
  try {
    const { data, error } = rayResourcesSchema.safeParse(parseJson(word.slice(KEY.length)));
    return data === undefined ? { fault: error?.issues[0]?.message ?? 'cannot be read' } : { resources: data };
  } catch (error) {
    return { fault: errorMessage(error) };
  }
}
