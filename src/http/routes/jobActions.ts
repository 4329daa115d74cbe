import { setImmediate } from 'node:timers/promises';
import { Hono } from 'hono';
import type { JobCommand } from '../../scheduler/commandRefusals.ts';
import {
  type ActedJob,
  type JobActionsAnswer,
  type JobActionsRequest,
  jobActionsAnswerSchema,
  jobActionsRequestSchema,
} from '../../schemas/job/jobActions.ts';
import { type JobsFilter, writeCursor } from '../../schemas/job/jobList.ts';
import { idempotencyHeader } from '../../schemas/server/headers.ts';
import { requestLimits } from '../../schemas/values/limits.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { readIdempotencyKey } from '../idempotency.ts';
import { type Acting, actOnSome } from '../jobActions.ts';
import { jobFilter } from '../jobFilter.ts';
import { type CallerEnv, clientOf } from '../middleware/caller.ts';
import type { SubmissionLimit } from '../middleware/guardOperations.ts';
import { bodyRefusals, type Operation } from '../operation.ts';

export const jobActionsOperations: Operation[] = [
  {
    id: 'actOnJobs',
    tag: 'jobs',
    method: 'post',
    role: 'submit',
    path: '/jobs/actions',
    summary: 'Cancel, stop, retry or reprioritise many jobs: by their ids, or those that a filter finds',
    headers: idempotencyHeader,
    body: jobActionsRequestSchema,
    answers: {
      200: {
        description:
          'What became of each job, as the route for it alone would have it: one that is refused, because it is of another client or retried too often, leaves the others alone. Sent again, it does nothing twice; for retries of which one has ended meanwhile that takes an Idempotency-Key',
        schema: jobActionsAnswerSchema,
      },
      ...bodyRefusals,
    },
  },
];

/** Jobs that are found at a time: other requests wait for so long. */
const FOUND_AT_A_TIME = 100;
/** Jobs that are changed at a time: their changes are one commit. */
const AT_A_TIME = 50;
/** Milliseconds after which a filter finds no more jobs: those that there are, are acted on. */
const PATIENCE = 5_000;

type Dependencies = Pick<AppDependencies, 'scheduler' | 'monotonic'> & { limit: SubmissionLimit };

/** Does one thing to many jobs. To be added before the routes of single jobs: `actions` is no id. */
export function jobActionsRoutes({ scheduler, monotonic, limit }: Dependencies) {
  /** Ids of the newest jobs that a filter finds, by arrival, and where it goes on. */
  const find = async (filter: JobsFilter, start: number | null): Promise<{ ids: string[]; next: number | null }> => {
    const end = monotonic() + PATIENCE;
    const ids: string[] = [];
    let cursor = start;
    do {
      const limit = Math.min(FOUND_AT_A_TIME, requestLimits.actedOn - ids.length);
      const { jobs, next } = await scheduler.searchJobs({ filter: jobFilter(filter), order: 'newest', cursor, limit });
      ids.push(...jobs.map(({ job_id }) => job_id));
      cursor = next;
      await setImmediate();
    } while (cursor !== null && ids.length < requestLimits.actedOn && monotonic() < end);
    return { ids: ids.reverse(), next: cursor };
  };

  const actOnAll = async (ids: readonly string[], acting: Acting): Promise<ActedJob[]> => {
    const acted: ActedJob[] = [];
    for (let at = 0; at < ids.length; at += AT_A_TIME) {
      acted.push(...(await actOnSome(scheduler, ids.slice(at, at + AT_A_TIME), acting)));
      await setImmediate();
    }
    return acted;
  };

  return new Hono<CallerEnv>()
    .post('/jobs/actions', async (c) => {
      const key = readIdempotencyKey(c.req);
      if (!key.ok) return c.json({ detail: key.detail }, 422);
      const read = await readBody(c.req, jobActionsRequestSchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const { action, dry_run, ids: given = [], filter, cursor = null } = read.request;
      const { ids, next } =
        filter === undefined ? { ids: [...new Set(given)], next: null } : await find(filter, cursor);
      const acting: Acting = {
        command: commandOf(read.request),
        isDryRun: dry_run,
        caller: c.get('caller'),
        client: clientOf(c),
        key: key.value,
        limit,
      };
      const jobs = await actOnAll(ids, acting);
      const count = (wanted: ActedJob['outcome']) => jobs.filter(({ outcome }) => outcome === wanted).length;
      const counts = { done: count('done'), already: count('already'), refused: count('refused') };
      const next_cursor = next === null ? null : writeCursor(next);
      return c.json({ action, dry_run, jobs, counts, next_cursor } satisfies JobActionsAnswer);
    })
    .all('/jobs/actions', (c) => c.json({ detail: 'Method Not Allowed' }, 405, { Allow: 'POST' }));
}

function commandOf({ action, missing, priority = 0 }: JobActionsRequest): JobCommand {
  switch (action) {
    case 'retry':
      return { action, missing };
    case 'reprioritise':
      return { action, priority };
    default:
      return { action };
  }
}
