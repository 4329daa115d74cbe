import { expect, test } from 'vitest';
import { JobScheduler } from '../../src/scheduler/jobScheduler.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';

/** Milliseconds, instead of the two minutes of other tests: here a fault is an answer that never comes. */
const timeout = 10_000;

async function stopped() {
  const scheduler = new JobScheduler({ runs: controlledRuns().runs, journal: controlledJournal().journal });
  await scheduler.start();
  await scheduler.stop();
  return scheduler;
}

// Requests still arrive on open connections after the last run is gone.
test('a stopped scheduler refuses a submission', { timeout }, async () => {
  await expect((await stopped()).addJob(request())).rejects.toMatchObject({ code: 'intakeClosed' });
});

test('a stopped scheduler refuses a cancellation', { timeout }, async () => {
  await expect((await stopped()).cancelJob('any')).rejects.toMatchObject({ code: 'intakeClosed' });
});

test('a stopped scheduler answers when it is asked to forget old jobs', { timeout }, async () => {
  expect(await (await stopped()).cleanupOldJobs()).toBe(0);
});

test('a stopped scheduler can be stopped again', { timeout }, async () => {
  await (await stopped()).stop();
});
