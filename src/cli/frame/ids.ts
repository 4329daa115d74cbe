import type { Client } from '../../client/client.ts';
import type { JobsFilter } from '../../client/jobs.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import type { Context } from './context.ts';
import { UsageError } from './exitCodes.ts';
import { suggest } from './suggest.ts';

const FULL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const PREFIX = /^[0-9a-f][0-9a-f-]{0,35}$/i;
const LATEST = /^@last(?:-(queued|running|completed|failed|cancelled))?$/;

/** How jobs may be named, for refusals. */
export const FORMS = 'an id or its beginning, @last, @last-failed, or label:run=r7';
/** Jobs among which a misspelt id is looked for. */
const RECENT = 200;
/** Jobs that are named where a beginning fits several. */
const SHOWN = 4;

/**
 * The ids of the jobs that words name, each once, in their order: full ids, unique beginnings, `@last`, `@last-failed`
 * and the other states, `label:NAME=VALUE` for all that have it. A full id is not looked up.
 * @throws UsageError where one names no job, or a beginning several. @throws ClientError
 */
export async function resolveIds(context: Context, words: readonly string[]): Promise<string[]> {
  const client = await context.client();
  const ids: string[] = [];
  for (const word of words) ids.push(...(await idsOf(word, client, context.signal)));
  return [...new Set(ids)];
}

/** The id of the one job that a word names. @throws UsageError, ClientError */
export async function resolveId(context: Context, word: string): Promise<string> {
  const ids = await resolveIds(context, [word]);
  const [id] = ids;
  if (id === undefined || ids.length > 1) throw new UsageError(`${word} names ${ids.length} jobs, and one is wanted`);
  return id;
}

async function idsOf(word: string, client: Client, signal: AbortSignal): Promise<string[]> {
  if (FULL.test(word)) return [word.toLowerCase()];
  const latest = LATEST.exec(word);
  if (latest !== null) {
    const status = latest[1] as JobInfo['status'] | undefined;
    const { jobs } = await client.jobs({ limit: 1, status }, { signal });
    if (jobs[0] === undefined) throw new UsageError(`${word}: there is no such job`, 'evald ls');
    return [jobs[0].job_id];
  }
  if (word.startsWith('label:')) return byLabel(word, client, signal);
  if (!PREFIX.test(word)) {
    throw new UsageError(`${JSON.stringify(word)} names no job; it should be ${FORMS}`, 'evald ls');
  }
  const filter: JobsFilter & { id_prefix: string } = { id_prefix: word.toLowerCase(), limit: SHOWN + 1 };
  const { jobs } = await client.jobs(filter, { signal });
  const [job, ...others] = jobs.map(({ job_id }) => job_id).filter((id) => id.startsWith(word.toLowerCase()));
  if (job === undefined) throw await noSuchJob(word, client, signal);
  if (others.length === 0) return [job];
  const shown = [job, ...others].slice(0, SHOWN).join(', ');
  const more = others.length >= SHOWN ? ' and others' : '';
  throw new UsageError(`${word} is the beginning of several ids: ${shown}${more}`, 'one more character of it');
}

async function byLabel(word: string, client: Client, signal: AbortSignal): Promise<string[]> {
  const [, name, value] = /^label:([^=:]+)[=:](.*)$/s.exec(word) ?? [];
  if (name === undefined) throw new UsageError(`${word}: a label should have a name and a value, as label:run=r7`);
  const ids: string[] = [];
  for await (const { job_id } of client.allJobs({ label: `${name}:${value}`, limit: 500 }, { signal }))
    ids.push(job_id);
  if (ids.length === 0) throw new UsageError(`${word}: no job has this label`, `evald ls --label ${name}=…`);
  return ids.reverse();
}

async function noSuchJob(word: string, client: Client, signal: AbortSignal): Promise<UsageError> {
  const { jobs } = await client.jobs({ limit: RECENT }, { signal });
  const near = suggest(
    word.toLowerCase(),
    jobs.map(({ job_id }) => job_id.slice(0, word.length)),
  );
  const meant = near === undefined || near === word ? '' : ` (did you mean ${near}?)`;
  return new UsageError(`No job's id begins with ${word}${meant}`, 'evald ls');
}
