import type { z } from 'zod';
import { cancelAnswerSchema, pauseAnswerSchema, retryAnswerSchema, stopAnswerSchema } from '../schemas/job/control.ts';
import { jobInfoSchema } from '../schemas/job/job.ts';
import { jobActionsAnswerSchema, type jobActionsRequestSchema } from '../schemas/job/jobActions.ts';
import { jobListSchema, type jobsQuerySchema } from '../schemas/job/jobList.ts';
import { queueSchema } from '../schemas/queue/queue.ts';
import { dryRunAnswerSchema } from '../schemas/submission/dryRun.ts';
import type { submissionSchema } from '../schemas/submission/submission.ts';
import { submitAnswerSchema } from '../schemas/submission/submission.ts';
import { allPages } from './pages.ts';
import { type AddOptions, repeatable } from './repeatable.ts';
import type { CallOptions, Requests } from './requests.ts';

type Body = z.output<(typeof submissionSchema)['out']>;

/** What may be submitted: a model, tasks, and what else there is to say. */
export type SubmissionInput = Pick<Body, 'model' | 'tasks'> & {
  [Field in Exclude<keyof Body, 'model' | 'tasks'>]?: Body[Field] | undefined;
};

type ListQuery = z.input<typeof jobsQuerySchema>;

/** Which jobs are listed, and in which order. */
export type JobsFilter = { [Field in Exclude<keyof ListQuery, 'limit'>]?: ListQuery[Field] | undefined } & {
  /** Jobs a page, 1 to 500. */
  limit?: number | undefined;
};

/** What is done to which jobs: either `ids` or `filter`. */
export type ActInput = Pick<z.output<(typeof jobActionsRequestSchema)['out']>, 'action'> & {
  /** At most 1,000. */
  ids?: readonly string[] | undefined;
  /** As of `jobs`. */
  filter?: Omit<JobsFilter, 'order' | 'limit' | 'cursor'> | undefined;
  /** The `next_cursor` of the answer before, with the same filter. */
  cursor?: string | undefined;
  /** For `reprioritise`. */
  priority?: number | undefined;
  /** For `retry`: only the tasks without results. */
  missing?: boolean | undefined;
  /** Only says what would become of each job. */
  dry_run?: boolean | undefined;
};

/** Seconds that one request waits at most: Node's `fetch` gives up after 300. */
export const LONGEST_WAIT = 280;

/** Everything about jobs and the queue. */
export function createJobCalls(requests: Requests) {
  const { ask } = requests;
  const at = (id: string, ...rest: string[]) => ['jobs', id, ...rest];
  const listPage = (filter: JobsFilter = {}, options: CallOptions = {}) =>
    ask(jobListSchema, { ...options, path: ['jobs'], query: filter });
  let lastQueue: { etag: string; limit: number | undefined; queue: z.output<typeof queueSchema> } | null = null;

  return {
    /**
     * Queues an evaluation. When the connection is lost on the way it is sent again with the same Idempotency-Key: there
     * is one job, however often it is sent.
     */
    submit: (submission: SubmissionInput, options: AddOptions = {}) =>
      repeatable(options, (headers) =>
        ask(submitAnswerSchema, { ...options, method: 'POST', path: ['evaluate'], headers, body: submission }),
      ),

    /** Says what would come of a submission: nothing is queued and nothing written. */
    dryRun: (submission: SubmissionInput, { idempotencyKey, ...options }: Omit<AddOptions, 'patience'> = {}) =>
      ask(dryRunAnswerSchema, {
        ...options,
        method: 'POST',
        path: ['evaluate'],
        query: { dry_run: true },
        headers: { 'idempotency-key': idempotencyKey },
        body: submission,
      }),

    /** Does the same to many jobs. The answer says of each what became of it: one that is refused fails no other. */
    act: (request: ActInput, options: CallOptions = {}) =>
      ask(jobActionsAnswerSchema, { ...options, method: 'POST', path: ['jobs', 'actions'], body: request }),

    /** A job. @param wait seconds to wait for its end, at most 280; then it is shown as it is. */
    job: (id: string, { wait, ...options }: CallOptions & { wait?: number | undefined } = {}) => {
      const seconds = wait === undefined ? undefined : Math.min(wait, LONGEST_WAIT);
      const timeout = seconds === undefined ? {} : { timeout: null };
      return ask(jobInfoSchema, { ...timeout, ...options, path: at(id), query: { wait: seconds } });
    },

    /** One page of the jobs that are kept. `cursor`: the `next_cursor` of the page before. */
    jobs: listPage,

    /** All jobs that are kept, page by page. */
    allJobs: ({ cursor, ...filter }: JobsFilter = {}, options: CallOptions = {}) =>
      allPages(async (from) => {
        const { jobs, next_cursor } = await listPage({ ...filter, cursor: from }, options);
        return { items: jobs, next: next_cursor };
      }, cursor),

    /** Takes back a job that waits. */
    cancel: (id: string, options: CallOptions = {}) =>
      ask(cancelAnswerSchema, { ...options, method: 'DELETE', path: at(id) }),

    /** Ends a job that runs: it fails as `stopped` when no process of it is left. */
    stop: (id: string, options: CallOptions = {}) =>
      ask(stopAnswerSchema, { ...options, method: 'POST', path: at(id, 'stop') }),

    /** Queues the request of an ended job again, as `submit` does. @param missing only the tasks without results. */
    retry: (id: string, { missing, ...options }: AddOptions & { missing?: boolean | undefined } = {}) =>
      repeatable(options, (headers) =>
        ask(retryAnswerSchema, { ...options, method: 'POST', path: at(id, 'retry'), headers, query: { missing } }),
      ),

    /** Changes the priority of a job that waits. @param priority -100 to 100; higher ones start first. */
    reprioritise: (id: string, priority: number, options: CallOptions = {}) =>
      ask(jobInfoSchema, { ...options, method: 'PATCH', path: at(id), body: { priority } }),

    /** What waits and runs. It is sent again only when it has changed. @param limit ids of waiting jobs at most; all if left out. */
    queue: async ({ limit, ...options }: CallOptions & { limit?: number | undefined } = {}) => {
      const known = lastQueue?.limit === limit ? lastQueue : null;
      const headers = { 'if-none-match': known?.etag };
      const answer = await requests.exchange({
        ...options,
        path: ['queue'],
        query: { limit },
        headers,
        answers: [304],
      });
      if (answer.status === 304 && known !== null) return known.queue;
      const queue = requests.read(queueSchema, answer);
      const etag = answer.headers.get('etag');
      lastQueue = etag === null ? null : { etag, limit, queue };
      return queue;
    },

    /** Starts nothing more until `resume`, also after a restart. */
    pause: (options: CallOptions = {}) =>
      ask(pauseAnswerSchema, { ...options, method: 'POST', path: ['queue', 'pause'] }),

    /** Starts what waits again. */
    resume: (options: CallOptions = {}) =>
      ask(pauseAnswerSchema, { ...options, method: 'POST', path: ['queue', 'resume'] }),
  };
}
