import { expect, test } from 'vitest';
import type { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { until } from '../support/waiting/until.ts';

const typesOf = ({ commits }: Pick<ReturnType<typeof controlledJournal>, 'commits'>) =>
  commits.flat().map(({ type }) => type);

/** A scheduler with a run that was launched. */
async function running(...given: Parameters<typeof scheduling>) {
  const system = await scheduling(...given);
  const jobId = await system.add();
  await until(() => system.scheduler.getJob(jobId)?.log != null);
  return { ...system, jobId };
}

test('a stop is acknowledged, and its run asked to end, when it is on disk; asked again, it is acknowledged without a row', async () => {
  const { scheduler, control, journal, jobId } = await running();
  journal.hold();
  const answers: string[] = [];
  scheduler.stopJob(jobId, 'alice').then(() => answers.push('alice'));
  scheduler.stopJob(jobId, 'bob').then(() => answers.push('bob'));
  await until(() => true);
  expect([answers, control.stops, scheduler.getJob(jobId)?.stop_requested]).toEqual([[], [], null]);
  journal.release();
  await until(() => answers.length === 2);
  expect(control.stops).toEqual([{ jobId, how: 'terminate' }]);
  expect(scheduler.getJob(jobId)).toMatchObject({
    status: 'running',
    stop_requested: { at: expect.any(String), by: 'alice' },
  });
  expect(typesOf(journal)).toEqual(['submitted', 'started', 'launched', 'stopRequested']);
});

test.each(['as it happens', 'later'] as const)(
  'a run is asked to end while the journal cannot be written; the answer says so, and the stop is written %s when possible',
  async (when) => {
    const { scheduler, control, journal, clock, jobId, statusOf } = await running();
    journal.break('disk full');
    const message = `Job ${jobId} is being stopped, but the journal cannot be written: disk full. If the server ends before it can, the run may go on: ask again then.`;
    const refusal = { code: 'intakeClosed', message };
    await expect(scheduler.stopJob(jobId, 'alice')).rejects.toMatchObject(refusal);
    expect(control.stops).toEqual([{ jobId, how: 'terminate' }]);
    await expect(scheduler.stopJob(jobId, 'bob')).rejects.toMatchObject(refusal);
    if (when === 'as it happens') await control.end(jobId);
    journal.mend();
    clock.increment(1_000);
    await until(() => scheduler.getHealth().degraded === null);
    if (when === 'later') {
      await scheduler.stopJob(jobId, 'bob');
      await control.end(jobId);
    }
    await until(() => statusOf(jobId) === 'failed');
    expect(scheduler.getJob(jobId)).toMatchObject({
      failure_kind: 'stopped',
      error: expect.stringMatching(/^Evaluation was stopped on request of alice\./),
      stop_requested: { by: 'alice' },
    });
    expect(typesOf(journal)).toEqual(['submitted', 'started', 'launched', 'stopRequested', 'failed']);
  },
);

test('a stop that is asked for after another has closed intake is kept in order as well', async () => {
  const { scheduler, control, journal, clock, jobId, add, statusOf } = await running({ slots: 2 });
  const second = await add();
  await until(() => scheduler.getJob(second)?.log != null);
  journal.break('disk full');
  for (const id of [jobId, second]) {
    await expect(scheduler.stopJob(id)).rejects.toMatchObject({ code: 'intakeClosed' });
    await control.end(id);
  }
  journal.mend();
  clock.increment(1_000);
  await until(() => [jobId, second].every((id) => statusOf(id) === 'failed'));
  expect(typesOf(journal).slice(-4)).toEqual(['stopRequested', 'failed', 'stopRequested', 'failed']);
});

test('a run that ends while the request to stop it is written has ended as it did', async () => {
  const { scheduler, control, journal, jobId, statusOf } = await running();
  journal.hold();
  const answer = scheduler.stopJob(jobId);
  await control.end(jobId);
  journal.release();
  await answer;
  await until(() => statusOf(jobId) === 'completed');
  expect(control.stops).toEqual([]);
});

test.each(['known', 'found'] as const)(
  'the next scheduler goes on stopping a run that is %s, kills it after the grace period, and says by whose request',
  async (how) => {
    const first = await running({ grace: 5_000 });
    await first.scheduler.stopJob(first.jobId, 'alice');
    await first.scheduler.stop('leave');
    const { jobId, journal, control } = first;
    if (how === 'found') {
      const { run } = journal.journal.find(jobId) ?? {};
      if (run) control.recoverable.set(jobId, run);
      await journal.journal.append([{ type: 'withdrawn', jobId, at: 2_000 }]);
    }
    control.stops.length = 0;
    const next = await scheduling({ grace: 5_000 }, { journal, control });
    await until(() => control.stops.length === 1);
    next.clock.increment(5_000);
    await until(() => control.stops.length === 2);
    expect(control.stops).toEqual([
      { jobId, how: 'terminate' },
      { jobId, how: 'kill' },
    ]);
    await control.end(jobId);
    await until(() => next.statusOf(jobId) === 'failed');
    expect(next.scheduler.getJob(jobId)?.error).toMatch(/^Evaluation was stopped on request of alice\./);
  },
);
