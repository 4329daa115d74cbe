import type { JobInfo } from '../../src/schemas/job/job.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import type { countedRuns } from '../support/runs/countedRuns.ts';

/** What the client was told, and so what must hold at the end. */
export type Told = {
  /** Tags of acknowledged submissions, in order, with the ids they were given. */
  acknowledged: Map<string, string>;
  /** Tags whose cancellation was acknowledged. */
  cancelled: Set<string>;
  /** What contradicted an earlier answer, a line each. */
  contradictions: string[];
};

/**
 * One client that submits, cancels and reads, one request after another, at random. Requests to a killed server fail; a
 * failed submission is sent again under its Idempotency-Key, so that its fate is known.
 */
export function createTortureClient(counted: Awaited<ReturnType<typeof countedRuns>>, random: () => number) {
  const told: Told = { acknowledged: new Map(), cancelled: new Set(), contradictions: [] };
  let next = 0;
  let unanswered: string | null = null;

  const pick = (): [string, string] | undefined => {
    const all = [...told.acknowledged];
    return all[Math.floor(random() * all.length)];
  };

  const submitOne = async (url: string): Promise<void> => {
    const tag: string = unanswered ?? `${next++}`;
    unanswered = tag;
    const jobId = await submit(url, counted.request(tag), { 'idempotency-key': tag });
    unanswered = null;
    told.acknowledged.set(tag, jobId);
  };

  const cancelOne = async (url: string): Promise<void> => {
    const [tag, jobId] = pick() ?? [];
    if (tag === undefined) return;
    const response = await fetch(`${url}/jobs/${jobId}`, { method: 'DELETE' });
    if (response.status === 200) told.cancelled.add(tag);
    else if (response.status === 404) told.contradictions.push(`${tag} was acknowledged and is not found`);
  };

  const readOne = async (url: string): Promise<void> => {
    const [tag, jobId] = pick() ?? [];
    if (tag === undefined || jobId === undefined) return;
    const job = await getJob(url, jobId);
    if (job.request.model_args?.['tag'] !== tag) told.contradictions.push(`${tag} has become another job`);
    if (told.cancelled.has(tag) && job.status !== 'cancelled') told.contradictions.push(contradiction(tag, job));
  };

  return {
    told,
    /** Does one thing. @throws when the server is gone. */
    step: async (url: string): Promise<void> => {
      const dice = random();
      if (unanswered !== null || dice < 0.5) await submitOne(url);
      else if (dice < 0.65) await cancelOne(url);
      else await readOne(url);
    },
  };
}

const contradiction = (tag: string, { status }: JobInfo): string =>
  `${tag} was acknowledged cancelled and is ${status}`;
