import { expect, test } from 'vitest';
import { JobScheduler } from '../../src/scheduler/jobScheduler.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { seeded } from '../support/seeded.ts';
import { until } from '../support/waiting/until.ts';

const JOBS = 10_000;

test('positions equal those in a plain array through 10,000 submissions, random cancels and ended runs', async () => {
  const control = controlledRuns();
  const scheduler = new JobScheduler(
    { runs: control.runs, journal: controlledJournal().journal },
    { maxCompletedJobs: 50 },
  );
  await scheduler.start();
  const random = seeded(20261124);
  const positionOf = (jobId: string) => scheduler.getJobWithPosition(jobId)?.position_in_queue;
  const waiting: string[] = [];
  let { jobId: running } = await scheduler.addJob(request());
  await until(() => control.launched.length === 1);

  for (let submitted = 1; submitted < JOBS; ) {
    // Some come one by one, some in bursts that share a commit.
    const burst = Math.min(random() < 0.5 ? 1 : Math.ceil(random() * 40), JOBS - submitted);
    const answers = await Promise.all(Array.from({ length: burst }, () => scheduler.addJob(request())));
    submitted += burst;
    expect(new Set(answers.map(({ jobId }) => positionOf(jobId))).size).toBe(burst);
    for (const { jobId, position } of answers) {
      expect(position).toBe(waiting.length);
      waiting.push(jobId);
    }
    for (let cancels = Math.floor(random() * burst); cancels > 0; cancels--) {
      const [victim = ''] = waiting.splice(Math.floor(random() * waiting.length), 1);
      await scheduler.cancelJob(victim);
      expect(positionOf(victim) ?? null).toBeNull();
    }
    const [next] = waiting;
    if (random() < 0.1 && next !== undefined) {
      await control.end(running);
      await until(() => control.launched.at(-1) === next);
      running = next;
      waiting.shift();
    }
    const probe = Math.floor(random() * waiting.length);
    const jobId = waiting[probe];
    if (jobId !== undefined) expect(positionOf(jobId)).toBe(probe);
  }

  expect(waiting.length).toBeGreaterThan(1_000);
  expect(scheduler.getQueueStats()).toMatchObject({ queued: waiting, runningJob: running });
  expect(waiting.map(positionOf)).toEqual(waiting.map((_, position) => position));
  expect(scheduler.getHealth()).toMatchObject({ queued: waiting.length, running: 1 });
});

test('a burst of 20,000 submissions and cancellations at once costs no more for each than a few would', async () => {
  const scheduler = new JobScheduler({ runs: controlledRuns().runs, journal: controlledJournal().journal });
  await scheduler.start();
  const added = await Promise.all(Array.from({ length: 20_000 }, () => scheduler.addJob(request())));
  await until(() => scheduler.getHealth().running === 1);
  const waiting = scheduler.getQueueStats().queued;
  expect(waiting).toEqual(added.slice(1).map(({ jobId }) => jobId));
  await Promise.all(waiting.map((jobId) => scheduler.cancelJob(jobId)));
  expect(scheduler.getQueueStats()).toMatchObject({ queued: [], cancelled: 100 });
});
