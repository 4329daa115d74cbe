import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { Transition } from '../../src/machines/ports/journal.ts';
import { countJobs, measureCommits } from '../../src/metrics/counters.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { completedOutcome, failedOutcome } from '../support/runs/controlledRuns.ts';

/** Counts jobs, and says what a series is by now. */
function counted(unended: Parameters<typeof countJobs>[1]['unended'] = []) {
  const registry = new Registry();
  const count = countJobs(registry, { harnesses: ['demo', 'lm-eval'], unnamed: 'demo', unended });
  return {
    take: (transition: Transition, harness: string | null = 'demo') =>
      count(transition, {
        options: { ...noOptions, harness },
        ...{ createdMonotonic: 1_000, startedMonotonic: 3_000, endedMonotonic: 63_000 },
      }),
    value: async (name: string) =>
      (await registry.metrics())
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
  };
}
const about = { jobId: 'a', at: 1 };
const submitted: Transition = { ...about, type: 'submitted', job: newJob('a') };
const started: Transition = { ...about, type: 'started' };

test('a job is counted where it is and where it was, with how long it waited and ran', async () => {
  const { take, value } = counted();
  take(submitted);
  expect(await value('evald_jobs{status="queued",harness="demo"}')).toBe('1');
  take(started);
  expect(await value('evald_jobs{status="queued",harness="demo"}')).toBe('0');
  expect(await value('evald_jobs{status="running",harness="demo"}')).toBe('1');
  expect(await value('evald_job_wait_seconds_sum')).toBe('2');
  take({ ...about, type: 'stopRequested', who: null });
  take({ ...about, type: 'failed', outcome: failedOutcome, notify: [] });
  expect(await value('evald_jobs{status="running",harness="demo"}')).toBe('0');
  expect(await value('evald_job_ends_total{status="failed",harness="demo"}')).toBe('1');
  expect(await value('evald_job_failures_total{kind="exited",harness="demo"}')).toBe('1');
  expect(await value('evald_job_run_seconds_sum{status="failed",harness="demo"}')).toBe('60');
});

test('a job that is cancelled while it waits has ended, and has neither run nor started', async () => {
  const { take, value } = counted();
  take(submitted);
  take({ ...about, type: 'cancelled', who: null, notify: [] });
  expect(await value('evald_jobs{status="queued",harness="demo"}')).toBe('0');
  expect(await value('evald_job_ends_total{status="cancelled",harness="demo"}')).toBe('1');
  expect(await value('evald_job_wait_seconds_count')).toBe('0');
});

test('an earlier run that is imported is not counted: it neither waited nor ran here', async () => {
  const { take, value } = counted();
  take({ ...submitted, imported: true });
  take({ ...started, imported: true });
  take({ ...about, type: 'completed', outcome: completedOutcome, notify: [], imported: true });
  expect(await value('evald_job_submissions_total{harness="demo"}')).toBe('0');
  expect(await value('evald_job_ends_total{status="completed",harness="demo"}')).toBe('0');
  expect(await value('evald_jobs{status="queued",harness="demo"}')).toBe('0');
});

test('jobs of an earlier server are there from the beginning: without a harness that of jobs that name none, by one that is not known as other', async () => {
  const { take, value } = counted([
    { status: 'queued', harness: 'lm-eval', count: 3 },
    { status: 'queued', harness: null, count: 2 },
    { status: 'running', harness: 'command:gone', count: 1 },
  ]);
  expect(await value('evald_jobs{status="queued",harness="lm-eval"}')).toBe('3');
  expect(await value('evald_jobs{status="queued",harness="demo"}')).toBe('2');
  expect(await value('evald_jobs{status="running",harness="other"}')).toBe('1');
  take({ ...about, type: 'completed', outcome: completedOutcome, notify: [] }, 'command:gone');
  take(started, null);
  expect(await value('evald_jobs{status="running",harness="other"}')).toBe('0');
  expect(await value('evald_jobs{status="running",harness="demo"}')).toBe('1');
});

test('a journal counts the jobs that have not ended by their state and their harness', async () => {
  const { journal } = controlledJournal();
  const job = (jobId: string, harness: string | null) => newJob(jobId, {}, { options: { ...noOptions, harness } });
  const submit = (jobId: string, harness: string | null): Transition => ({
    ...{ type: 'submitted', jobId, at: 1, job: job(jobId, harness) },
  });
  await journal.append([submit('a', 'demo'), submit('b', 'demo'), submit('c', null), submit('d', 'demo')]);
  await journal.append([
    { type: 'started', jobId: 'a', at: 1 },
    { type: 'started', jobId: 'd', at: 1 },
    { type: 'completed', jobId: 'd', at: 1, outcome: completedOutcome, notify: [] },
  ]);
  const counts = journal.countUnended().sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
  expect(counts).toEqual([
    { status: 'queued', harness: 'demo', count: 1 },
    { status: 'queued', harness: null, count: 1 },
    { status: 'running', harness: 'demo', count: 1 },
  ]);
});

test('a commit that fails is counted as one that failed, and its fault is passed on', async () => {
  const registry = new Registry();
  const control = controlledJournal();
  const journal = measureCommits(registry)(control.journal);
  await journal.append([submitted]);
  control.break('disk full');
  await expect(journal.append([started])).rejects.toThrow('disk full');
  const text = await registry.metrics();
  expect(text).toContain('\nevald_journal_commit_seconds_count 1\n');
  expect(text).toContain('\nevald_journal_commit_failures_total 1\n');
});
