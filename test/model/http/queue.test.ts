import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submitAnswerSchema } from '../../../src/schemas/submission/submission.ts';
import { eventually } from '../../support/waiting/eventually.ts';
import { follow, type Subject } from '../follow.ts';
import { type JobMove, jobModel, jobPaths, type VisibleJob, visibleJob } from '../job/paths.ts';
import type { SystemState } from '../scheduler/system.ts';
import { isRefused, type QueueMove, queueModel, queuePaths, type VisibleQueue } from './paths.ts';
import { type SteeredServer, steeredServer } from './steeredServer.ts';

let steered: SteeredServer;
beforeAll(async () => {
  steered = await steeredServer(['--max-queue', '2', '--max-completed-jobs', '10000']);
});
afterAll(() => steered.stop());

const refusals = {
  queueFull: [503, 'The queue is full: 2 jobs wait (--max-queue). Try again later.'],
  jobRunning: [400, expect.stringMatching(/^Cannot cancel a running job: POST \/jobs\/\S+\/stop ends it$/)],
  jobFinished: [400, 'Job already finished or cancelled'],
} as const;

/** The queue of the server, to be compared with the chart of a new one: jobs that others left count for nothing. */
async function queueSubject(path: number) {
  const began = await steered.queue();
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  const tags = new Map<string, string>();
  let state: SystemState = queueModel.initial;
  const idOf = (name: string) => ids.get(name) ?? name;
  const tagOf = (name: string) => tags.get(name) ?? name;

  const visible = async (): Promise<VisibleQueue> => {
    const now = await steered.queue();
    const nameOf = (id: string) => names.get(id) ?? id;
    return {
      queued: now.queued_jobs.map(nameOf),
      running: now.running_jobs.map(nameOf),
      ended: [
        now.completed_jobs - began.completed_jobs,
        now.failed_jobs - began.failed_jobs,
        now.cancelled_jobs - began.cancelled_jobs,
      ],
    };
  };

  const act = async ({ type, job }: QueueMove): Promise<void> => {
    switch (type) {
      case 'submit': {
        tags.set(job, `${path}-${names.size}`);
        const id = await steered.submit(tagOf(job));
        ids.set(job, id);
        names.set(id, job);
        return;
      }
      case 'cancel':
        expect((await steered.cancel(idOf(job))).json).toEqual({ message: `Job ${idOf(job)} cancelled` });
        return;
      case 'completes':
        return steered.tell(tagOf(job), 'complete');
      case 'fails':
        return steered.tell(tagOf(job), 'fail');
    }
  };

  const subject: Subject<QueueMove, VisibleQueue> = {
    take: async (move) => {
      const before = state;
      state = queueModel.next(state, move);
      if (isRefused(before, move)) await expectRefusal(before, move, idOf(move.job));
      else await act(move);
      // An end is seen when the program has ended: that is another process.
      await eventually(
        async () => JSON.stringify((await visible()).running) === JSON.stringify(queueModel.visible(state).running),
      );
    },
    visible,
  };
  const clear = async () => {
    const { queued_jobs, running_jobs } = await steered.queue();
    for (const id of queued_jobs) await steered.cancel(id);
    for (const id of running_jobs) await steered.tell(tagOf(names.get(id) ?? id), 'complete');
    await eventually(async () => (await steered.queue()).running_job === null);
  };
  return { subject, clear, idOf };
}

/** Refused with the documented status and text, and without a trace in the journal. */
async function expectRefusal({ scheduler: { context } }: SystemState, { type, job }: QueueMove, id: string) {
  const events = steered.events();
  const answer = type === 'submit' ? await steered.post('refused') : await steered.cancel(id);
  const [status, detail] =
    type === 'submit'
      ? refusals.queueFull
      : id === job
        ? [404, `Job ${job} not found`]
        : refusals[context.running.includes(job) ? 'jobRunning' : 'jobFinished'];
  expect([answer.status, answer.json]).toEqual([status, { detail }]);
  expect(answer.headers['retry-after']).toBe(status === 503 ? '10' : undefined);
  expect(steered.events()).toBe(events);
}

const paths = queuePaths();
test(`the queue of a server does what the scheduler chart does, on all shortest paths (${paths.length}); a refusal changes nothing`, async () => {
  for (const [index, moves] of paths.entries()) {
    const { subject, clear, idOf } = await queueSubject(index);
    const state = await follow(moves, queueModel, subject);
    for (const [position, name] of [...state.scheduler.context.queue].entries()) {
      expect((await steered.job(idOf(name))).position_in_queue).toBe(position);
    }
    await clear();
  }
});

/** A job without what is expected of it: that is never in the past, and so moves by itself. */
async function kept(id: string): Promise<object> {
  const { expected_start_at: _start, expected_end_at: _end, ...rest } = await steered.job(id);
  return rest;
}

describe('a job of a server', () => {
  const nameOf = (path: readonly JobMove[]) => path.join(' → ') || '(nothing)';

  // Asked to stop, the program of these tests ends at once; it is one for all tasks, and no engine fails it.
  const left: readonly JobMove[] = ['job.stopRequested', 'job.taskCompleted', 'job.attemptFailed'];
  type Driven = Exclude<JobMove, 'job.stopRequested' | 'job.taskCompleted' | 'job.attemptFailed'>;
  const paths = jobPaths().filter((path): path is Driven[] => !path.some((move) => left.includes(move)));
  test.for(paths.map((path) => [nameOf(path), path] as const))(
    'a job of a server follows its chart: %s',
    async ([name, path]) => {
      const tag = name.replaceAll(/[^a-z]+/g, '-');
      await steered.submit(`${tag}-before`);
      const id = await steered.submit(tag);
      const job = async () => visibleJob(await steered.job(id));
      const becomes = (done: (job: VisibleJob) => boolean | undefined) => eventually(async () => done(await job()));
      const moves: Record<Driven, () => Promise<unknown>> = {
        'job.start': async () => {
          await steered.tell(`${tag}-before`, 'complete');
          await becomes((one) => one?.status === 'running');
        },
        'job.progress': async () => {
          await steered.tell(tag, 'progress');
          await becomes((one) => one?.done === 4);
        },
        'job.complete': async () => {
          await steered.tell(tag, 'complete');
          await becomes((one) => one?.ended);
        },
        'job.fail': async () => {
          await steered.tell(tag, 'fail');
          await becomes((one) => one?.ended);
        },
        'job.reprioritise': () => steered.reprioritise(id, 7),
        'job.cancel': () => steered.cancel(id),
      };
      const end = await follow(path, jobModel, {
        take: async (move) => {
          if (move in moves) await moves[move as Driven]();
        },
        visible: job,
      });

      if (end.value !== 'queued') {
        // The launch is on disk a moment after the start.
        await eventually(async () => end.value === 'cancelled' || (await steered.job(id)).log !== null);
        const before = [steered.events(), await kept(id)];
        const { status, json } = await steered.cancel(id);
        const [refused, detail] = refusals[end.value === 'running' ? 'jobRunning' : 'jobFinished'];
        expect([status, json]).toEqual([refused, { detail }]);
        expect([steered.events(), await kept(id)]).toEqual(before);
      }
      for (const one of [`${tag}-before`, tag]) await steered.tell(one, 'complete');
      await eventually(
        async () => (await steered.queue()).queue_size === 0 && (await steered.queue()).running_job === null,
      );
    },
  );
});

test('a key that was used for another request is refused with 409, and changes nothing', async () => {
  const key = { 'idempotency-key': 'once' };
  const id = submitAnswerSchema.parse((await steered.post('keyed', {}, key)).json).job_id;
  await eventually(async () => (await steered.job(id)).status === 'running');
  const events = steered.events();
  expect((await steered.post('keyed', {}, key)).json).toMatchObject({ job_id: id, status: 'running' });
  expect(await steered.post('keyed otherwise', {}, key)).toMatchObject({
    status: 409,
    json: { detail: 'This Idempotency-Key was used for another request. Use a new key for a new evaluation.' },
  });
  expect(steered.events()).toBe(events);
  await steered.tell('keyed', 'complete');
});
