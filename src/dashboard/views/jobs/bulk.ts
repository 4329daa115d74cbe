import type { ActedJob, ActInput, Client, JobAction } from '../../../client/index.ts';
import type { JobStatus } from '../../../schemas/job/job.ts';
import { filterOf, isUnfiltered, type JobsView } from './filters.ts';

/** Something that is done to many jobs at once. */
export type Bulk = {
  name: 'cancel' | 'stop' | 'retry' | 'missing' | 'reprioritise';
  action: JobAction;
  /** What the button says. */
  label: string;
  /** `3 jobs cancelled` */
  done: string;
  consequence: string;
  /** Only jobs in this state can be meant; null: several. */
  only: JobStatus | null;
};

export const bulks: readonly Bulk[] = [
  {
    ...{ name: 'cancel', action: 'cancel', label: 'Cancel', done: 'cancelled', only: 'queued' },
    consequence: 'They are taken out of the queue and will not run.',
  },
  {
    ...{ name: 'stop', action: 'stop', label: 'Stop', done: 'asked to stop', only: 'running' },
    consequence: 'Their runs are ended. What they have measured so far is kept, and they fail as stopped.',
  },
  {
    ...{ name: 'retry', action: 'retry', label: 'Retry', done: 'queued again', only: null },
    consequence: 'The same requests are queued again, as new jobs.',
  },
  {
    ...{ name: 'missing', action: 'retry', label: 'Retry missing', done: 'queued again', only: 'failed' },
    consequence: 'Only the tasks that have no results are queued again, as new jobs.',
  },
  {
    ...{
      name: 'reprioritise',
      action: 'reprioritise',
      label: 'Change priority of',
      done: 'reprioritised',
      only: 'queued',
    },
    consequence: 'Higher priorities start first; within one, jobs start in the order in which they came.',
  },
];

/** Which jobs are meant. */
export type Target = { ids: readonly string[] } | { matching: JobsView };

/** Why some were refused: the same reason once, with its jobs. */
export type Refusal = { reason: string; ids: string[] };

/** What becomes of the jobs, or became. */
export type Outcome = { done: string[]; already: number; refusals: Refusal[]; newIds: string[] };

export const noOutcome: Outcome = { done: [], already: 0, refusals: [], newIds: [] };

/** Jobs of one request. */
const AT_ONCE = 1_000;
/** All jobs: a filter for many has to say something. */
const ALWAYS = '1970-01-01T00:00:00Z';

/** @param onSoFar is called after each part, of which there are several when there are many jobs. */
export type Asked = { bulk: Bulk; priority: number; signal: AbortSignal; onSoFar(outcome: Outcome): void };

/**
 * Asks the server what would become of the jobs: nothing is changed.
 * @throws ClientError
 */
export async function check(
  client: Client,
  target: Target,
  { bulk, priority, signal, onSoFar }: Asked,
): Promise<Outcome> {
  const request = { ...requestOf(bulk, priority), dry_run: true };
  if ('ids' in target) return inParts(client, target.ids, request, { signal, onSoFar });
  const { matching } = target;
  const status = matching.status ?? bulk.only ?? undefined;
  const filter = isUnfiltered(matching) && status === undefined ? { since: ALWAYS } : { ...filterOf(matching), status };
  let outcome = noOutcome;
  for (let cursor: string | undefined; ; ) {
    const { jobs, next_cursor } = await client.act({ ...request, filter, cursor }, { signal });
    outcome = plus(outcome, jobs);
    onSoFar(outcome);
    if (next_cursor === null) return outcome;
    cursor = next_cursor;
  }
}

/**
 * Does it to the jobs to which it would be done: to those that the reader has confirmed, and to no job that came since.
 * @returns what became of all, those included that the check has had refused. @throws ClientError
 */
export async function carryOut(
  client: Client,
  checked: Outcome,
  { bulk, priority, signal, onSoFar }: Asked,
): Promise<Outcome> {
  const known = { ...checked, done: [] };
  return inParts(client, checked.done, requestOf(bulk, priority), { signal, onSoFar }, known);
}

function requestOf({ action, name }: Bulk, priority: number): ActInput {
  return { action, ...(name === 'missing' && { missing: true }), ...(action === 'reprioritise' && { priority }) };
}

async function inParts(
  client: Client,
  ids: readonly string[],
  request: ActInput,
  { signal, onSoFar }: Pick<Asked, 'signal' | 'onSoFar'>,
  known: Outcome = noOutcome,
): Promise<Outcome> {
  let outcome = known;
  for (let at = 0; at < ids.length && !signal.aborted; at += AT_ONCE) {
    // What was sent is waited for: a signal would leave open what became of it.
    const { jobs } = await client.act({ ...request, ids: ids.slice(at, at + AT_ONCE) });
    outcome = plus(outcome, jobs);
    onSoFar(outcome);
  }
  return outcome;
}

/** The same for every job: without its id, and without the request that would help, for the page has a button for it. */
function reasonOf(error: string, id: string): string {
  const [reason = ''] = error.split(/: (?:POST|DELETE) \/jobs\//, 1);
  return reason.replaceAll(` ${id}`, '');
}

function plus({ done, already, refusals, newIds }: Outcome, jobs: readonly ActedJob[]): Outcome {
  const reasons = new Map(refusals.map(({ reason, ids }) => [reason, [...ids]]));
  for (const { job_id, outcome, error } of jobs) {
    if (outcome !== 'refused') continue;
    const reason = reasonOf(error ?? 'refused', job_id);
    reasons.set(reason, [...(reasons.get(reason) ?? []), job_id]);
  }
  const having = (wanted: ActedJob['outcome']) => jobs.filter(({ outcome }) => outcome === wanted);
  return {
    done: [...done, ...having('done').map(({ job_id }) => job_id)],
    already: already + having('already').length,
    refusals: [...reasons].map(([reason, ids]) => ({ reason, ids })),
    newIds: [...newIds, ...having('done').flatMap(({ new_job_id }) => new_job_id ?? [])],
  };
}
