import type { JobsFilter } from '../../client/jobs.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import { SHORT_ID, shortId } from '../../text/jobs.ts';
import type { Context } from '../frame/context.ts';
import { readServers } from '../frame/servers.ts';
import type { Candidate, Sources } from './candidates.ts';

/** Milliseconds that a completion waits for a server. */
const PATIENCE = 1_500;
const JOBS = 50;

/** The verbs for which only some jobs come into question. */
const states: { readonly [verb: string]: JobInfo['status'] } = {
  cancel: 'queued',
  priority: 'queued',
  stop: 'running',
};

const latest: Candidate[] = [
  { value: '@last', about: 'the newest job' },
  { value: '@last-failed', about: 'the newest one that failed' },
];

/** Asks the server that is chosen; where it is away, or slow, there is nothing, and nothing is said. */
export function createSources(context: Context): Sources {
  const silent = async (ask: () => Promise<Candidate[]>): Promise<Candidate[]> => {
    try {
      return await ask();
    } catch {
      return [];
    }
  };
  const named = (names: readonly string[]) => names.map((value) => ({ value, about: '' }));
  const options = { timeout: PATIENCE, signal: context.signal };
  return {
    jobs: async (typed, verb) => {
      if (typed.startsWith('@')) return latest;
      const filter: JobsFilter & { id_prefix?: string } = { status: states[verb], limit: JOBS };
      if (typed !== '') filter.id_prefix = typed;
      return silent(async () => {
        const { jobs } = await (await context.client()).jobs(filter, options);
        return jobs.map((job) => candidate(job, typed));
      });
    },
    models: () => silent(async () => named((await (await context.client()).models(options)).models)),
    tasks: () => silent(async () => named((await (await context.client()).tasks(options)).tasks)),
    servers: () => {
      try {
        return Object.entries(readServers(context.env).servers).map(([value, { url }]) => ({ value, about: url }));
      } catch {
        return [];
      }
    },
  };
}

function candidate({ job_id: id, status, request }: JobInfo, typed: string): Candidate {
  const value = typed.length < SHORT_ID ? shortId(id) : id;
  return { value, about: `${status} ${request.model} ${request.tasks.join(' ')}` };
}
