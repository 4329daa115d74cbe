import { describe, expect, test } from 'vitest';
import { createActor, type SnapshotFrom, transition } from 'xstate';
import { type JobEvent, jobMachine } from '../../../src/machines/job/job.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../../support/jobs/scheduling.ts';
import { request } from '../../support/requests/request.ts';
import { failedOutcome } from '../../support/runs/controlledRuns.ts';
import { until } from '../../support/waiting/until.ts';
import { allowedJob } from '../allowed.ts';
import { follow, type Subject } from '../follow.ts';
import {
  endsWithStop,
  eventOf,
  input,
  type JobMove,
  jobEvents,
  jobModel,
  jobPaths,
  type VisibleJob,
  visibleJob,
  visibleSnapshot,
} from './paths.ts';

const paths = jobPaths();
const nameOf = (path: readonly JobMove[]) => path.join(' → ') || '(nothing)';
const forbiddenIn = (status: string) =>
  jobEvents.filter(({ type }) => !(allowedJob[status] ?? []).some((row) => row.startsWith(`${type} `)));

const afterward = (snapshot: SnapshotFrom<typeof jobMachine>, event: JobEvent) =>
  transition(jobMachine, snapshot, event)[0];

test('the job chart has seventeen simple paths, as many of a job that has another priority before, 108 on which a part ends, and 108 on which an attempt fails', () => {
  const asItCame = [
    '(nothing)',
    'job.cancel',
    'job.start',
    'job.start → job.complete',
    'job.start → job.fail',
    'job.start → job.progress',
    'job.start → job.progress → job.complete',
    'job.start → job.progress → job.fail',
    'job.start → job.progress → job.stopRequested',
    'job.start → job.progress → job.stopRequested → job.complete',
    'job.start → job.progress → job.stopRequested → job.fail',
    'job.start → job.stopRequested',
    'job.start → job.stopRequested → job.complete',
    'job.start → job.stopRequested → job.fail',
    'job.start → job.stopRequested → job.progress',
    'job.start → job.stopRequested → job.progress → job.complete',
    'job.start → job.stopRequested → job.progress → job.fail',
  ];
  const reprioritised = asItCame.map((path) => `job.reprioritise → ${path}`.replace(' → (nothing)', ''));
  const [split, retried] = (['job.taskCompleted', 'job.attemptFailed'] as const).map((move) =>
    paths.filter((path) => path.includes(move)),
  );
  const whole = paths.filter((path) => !split?.includes(path) && !retried?.includes(path));
  expect(whole.map(nameOf).toSorted()).toEqual([...asItCame, ...reprioritised].toSorted());
  expect([split?.length, retried?.length]).toEqual([108, 108]);
});

describe.for(paths)('a job', (path) => {
  test(`a job as an actor: ${nameOf(path)}; a forbidden event then changes nothing`, async () => {
    const actor = createActor(jobMachine, { input }).start();
    const subject: Subject<JobMove, VisibleJob> = {
      take: async (move) => actor.send(eventOf(move)),
      visible: () => visibleSnapshot(actor.getSnapshot()),
    };
    await follow(path, jobModel, subject);
    const before = actor.getSnapshot();
    for (const event of forbiddenIn(before.value)) {
      expect(before.can(event), event.type).toBe(false);
      // XState itself keeps events from an actor that has ended, with a warning.
      if (before.status === 'active') actor.send(event);
      const { value, context, status } = before.status === 'active' ? actor.getSnapshot() : afterward(before, event);
      expect({ value, context, status }).toEqual({
        value: before.value,
        context: before.context,
        status: before.status,
      });
    }
  });

  if (!endsWithStop(path)) return;
  test(`a job of a scheduler: ${nameOf(path)}; a forbidden command then is refused with a reason, and writes nothing`, async () => {
    const { scheduler, control, journal, clock } = await scheduling();
    await scheduler.pauseQueue();
    // One of which a part ends has two tasks.
    const split = path.includes('job.taskCompleted');
    const asked = request({ tasks: split ? ['t1', 't2'] : ['t1'] });
    const { jobId } = await scheduler.addJob(asked, {
      options: { ...noOptions, split, retry: { max: 10, on: ['lost'] } },
    });
    const visible = () => visibleJob(scheduler.getJobWithPosition(jobId));
    const statusIs = (status: string) => until(() => visible()?.status === status);
    const moves: Record<JobMove, () => Promise<unknown>> = {
      'job.start': async () => {
        await scheduler.resumeQueue();
        await statusIs('running');
      },
      'job.progress': () => control.progress(jobId, jobEvents[1].progress),
      'job.taskCompleted': async () => {
        await control.end(jobId);
        await until(() => control.launched.length === 2 && visible()?.isPartEnded === true);
      },
      'job.attemptFailed': async () => {
        const before = control.launched.length;
        await control.end(jobId, { status: 'failed', kind: 'lost', reason: 'it was lost' });
        await until(() => visible()?.hasAttempts === true);
        clock.increment(300_000);
        await until(() => control.launched.length > before);
      },
      'job.stopRequested': () => scheduler.stopJob(jobId, 'alice'),
      'job.complete': () => control.end(jobId).then(() => statusIs('completed')),
      'job.fail': () => control.end(jobId, failedOutcome).then(() => statusIs('failed')),
      'job.reprioritise': () => scheduler.reprioritiseJob(jobId, 7),
      'job.cancel': () => scheduler.cancelJob(jobId),
    };
    // Of a split job the end of its last part is told before its own: nothing is under way then.
    const shown = (job: VisibleJob) => (split && job?.ended ? { ...job, done: null, rate: null } : job);
    await follow(
      path,
      { ...jobModel, visible: (snapshot) => shown(jobModel.visible(snapshot)) },
      {
        take: async (move) => {
          await moves[move]();
        },
        visible: () => shown(visible()),
      },
    );

    await until(() => visible()?.status !== 'running' || scheduler.getJob(jobId)?.log !== null);
    const before = {
      job: scheduler.getJob(jobId),
      queue: scheduler.getQueueStats(),
      commits: journal.commits.length,
    };
    const status = before.job?.status ?? 'queued';
    if (status !== 'queued') {
      const code = status === 'running' ? 'jobRunning' : 'jobFinished';
      await expect(scheduler.cancelJob(jobId)).rejects.toMatchObject({ code });
      await expect(scheduler.reprioritiseJob(jobId, 1)).rejects.toMatchObject({ code: 'jobNotQueued' });
    }
    if (status !== 'running') {
      const code = status === 'queued' ? 'jobQueued' : 'jobFinished';
      await expect(scheduler.stopJob(jobId)).rejects.toMatchObject({ code });
    }
    await until(() => true);
    expect({
      job: scheduler.getJob(jobId),
      queue: scheduler.getQueueStats(),
      commits: journal.commits.length,
    }).toEqual(before);
  });
});
