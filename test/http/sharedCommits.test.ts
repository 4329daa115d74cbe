import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { UnfitError } from '../../src/schemas/errors/errors.ts';
import { jobActionsAnswerSchema } from '../../src/schemas/job/jobActions.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { createTestApp } from './fakes.ts';

const JOBS = 200;

test('retries of many jobs share commits, and are queued and answered in the order of their jobs, however long the check of each takes', async () => {
  const control = controlledRuns();
  const journal = controlledJournal();
  const append = journal.journal.append;
  // As a disk takes its time.
  journal.journal.append = async (transitions) => {
    await setImmediate();
    return append(transitions);
  };
  const { scheduler } = await scheduling({}, { control, journal });
  await scheduler.pauseQueue();
  const ids = await Promise.all(
    Array.from({ length: JOBS }, async (_, index) => {
      const { jobId } = await scheduler.addJob(request({ tasks: [`t${index}`] }));
      return jobId;
    }),
  );
  await Promise.all(ids.map((id) => scheduler.cancelJob(id)));
  // The later ones are checked first, and every tenth is refused.
  control.runs.check = async ({ request: { tasks } }) => {
    const index = Number(tasks[0]?.slice(1));
    for (let wait = 0; wait < (7 * index) % 13; wait++) await setImmediate();
    if (index % 10 === 3) throw new UnfitError({ path: ['tasks'], input: tasks, message: 'it is unknown' });
    return [];
  };
  journal.commits.length = 0;

  const answer = await createTestApp({ scheduler }).post('/jobs/actions', { action: 'retry', ids });
  const { jobs, counts } = jobActionsAnswerSchema.parse(await answer.json());
  expect(counts).toEqual({ done: JOBS - JOBS / 10, already: 0, refused: JOBS / 10 });
  expect(jobs.map(({ job_id }) => job_id)).toEqual(ids);
  const retries = jobs.flatMap(({ new_job_id }) => new_job_id ?? []);
  expect(scheduler.getQueueStats().queued).toEqual(retries);
  const submitted = journal.commits.flat().map((transition) => 'jobId' in transition && transition.jobId);
  expect(submitted).toEqual(retries);
  // One by one each would have had its own.
  expect(journal.commits.length).toBeLessThanOrEqual(JOBS / 10);
});
