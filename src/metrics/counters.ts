import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DeliveryVerdict } from '../machines/delivery/deliverySetup.ts';
import type { JobContext } from '../machines/job/job.ts';
import { isEnd, isFinal, isInto, isOutOf, jobSteps } from '../machines/job/jobSteps.ts';
import type { Journal, Transition, UnendedCount } from '../machines/ports/journal.ts';
import { type JobStatus, jobStatusSchema } from '../schemas/job/job.ts';
import { failureKindSchema } from '../schemas/job/outcome.ts';

const SECOND = 1_000;
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];

/** What a job has of a harness that this server does not know: an earlier one had it. */
const OTHER = 'other';

/** States that a job comes to by running. */
const endsOfRuns: readonly JobStatus[] = jobStatusSchema.options.filter((status) =>
  Object.values(jobSteps).some(({ from, to }) => from === 'running' && to === status && isFinal(to)),
);

/** The harnesses that this server knows, that of jobs which name none, and the jobs of an earlier server. */
export type KnownJobs = { harnesses: readonly string[]; unnamed: string; unended: readonly UnendedCount[] };

/**
 * Counts jobs by their transitions. Labels are this server's own words alone, and all series are there from the beginning, so that
 * there are as many whatever is submitted.
 * @returns counts one, as it is reported: once, after it was applied.
 */
export function countJobs(registry: Registry, { harnesses, unnamed, unended }: KnownJobs) {
  const registers = [registry];
  const names = [...new Set([...harnesses, OTHER])];
  const present = new Gauge({
    name: 'evald_jobs',
    help: 'Jobs that wait (queued) and that run (running), by their harness',
    labelNames: ['status', 'harness'],
    registers,
  });
  const submissions = counterOf(registry, 'evald_job_submissions_total', 'Jobs that were acknowledged', 'harness');
  const ends = counterOf(
    registry,
    'evald_job_ends_total',
    'Jobs that ended, by the state that they ended in',
    'status',
    'harness',
  );
  const failures = counterOf(
    registry,
    'evald_job_failures_total',
    'Jobs that failed, by the kind of failure',
    'kind',
    'harness',
  );
  const attempts = counterOf(
    registry,
    'evald_job_failed_attempts_total',
    'Attempts that failed and were followed by another one',
    'harness',
  );
  const waits = new Histogram({
    name: 'evald_job_wait_seconds',
    help: 'Time from the submission of a job to its start',
    buckets: [0.1, 1, 10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY],
    registers,
  });
  const runs = new Histogram({
    name: 'evald_job_run_seconds',
    help: 'Time from the start of a job to its end, all its parts and attempts together',
    labelNames: ['status', 'harness'],
    buckets: [1, 10, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY],
    registers,
  });

  const nameOf = (harness: string | null): string => {
    const name = harness ?? unnamed;
    return harnesses.includes(name) ? name : OTHER;
  };
  for (const harness of names) {
    submissions.inc({ harness }, 0);
    attempts.inc({ harness }, 0);
    for (const status of jobStatusSchema.options) {
      if (isFinal(status)) ends.inc({ status, harness }, 0);
      else present.set({ status, harness }, 0);
    }
    for (const kind of failureKindSchema.options) failures.inc({ kind, harness }, 0);
    for (const status of endsOfRuns) runs.zero({ status, harness });
  }
  for (const { status, harness, count } of unended) present.inc({ status, harness: nameOf(harness) }, count);

  return (transition: Transition, job: Pick<JobContext, keyof Times | 'options'>): void => {
    const { type } = transition;
    // An earlier run has neither waited nor run here.
    if (transition.imported) return;
    const harness = nameOf(job.options.harness);
    const { from, to } = jobSteps[type];
    if (from !== to) {
      if (from !== null) present.dec({ status: from, harness });
      if (!isFinal(to)) present.inc({ status: to, harness });
    }
    if (type === 'submitted') submissions.inc({ harness });
    if (type === 'attemptFailed') attempts.inc({ harness });
    if (isInto('running', type)) observe(waits, {}, job.createdMonotonic, job.startedMonotonic);
    if (!isEnd(type)) return;
    ends.inc({ status: to, harness });
    if (isOutOf('running', type)) observe(runs, { status: to, harness }, job.startedMonotonic, job.endedMonotonic);
    if (transition.type === 'failed') failures.inc({ kind: transition.outcome.kind, harness });
  };
}

const counterOf = (registry: Registry, name: string, help: string, ...labelNames: string[]): Counter =>
  new Counter({ name, help, labelNames, registers: [registry] });

type Times = Pick<JobContext, 'createdMonotonic' | 'startedMonotonic' | 'endedMonotonic'>;

/** Of a job of 0.2 it is not known when it came. */
function observe(
  histogram: Histogram,
  labels: Record<string, string>,
  from: number | null | undefined,
  to: number | null | undefined,
): void {
  if (typeof from === 'number' && typeof to === 'number') histogram.observe(labels, Math.max(0, to - from) / SECOND);
}

/** Measures each commit of jobs to a journal. @returns the same journal. */
export function measureCommits(registry: Registry): (journal: Journal) => Journal {
  const registers = [registry];
  const commits = new Histogram({
    name: 'evald_journal_commit_seconds',
    help: 'Time until transitions of jobs are on disk; its count is that of the commits',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const faults = counterOf(
    registry,
    'evald_journal_commit_failures_total',
    'Commits that could not be written: what is decided is taken back, what happened is written later',
  );
  return (journal) => ({
    ...journal,
    append: async (transitions) => {
      const begun = performance.now();
      try {
        await journal.append(transitions);
        commits.observe((performance.now() - begun) / SECOND);
      } catch (error) {
        faults.inc();
        throw error;
      }
    },
  });
}

/** Counts what came of posts of webhooks. @returns counts one. */
export function countPosts(registry: Registry): (verdict: DeliveryVerdict) => void {
  const posts = counterOf(registry, 'evald_webhook_posts_total', 'Posts of webhooks that were tried');
  const retries = counterOf(registry, 'evald_webhook_retries_total', 'Posts that failed and are tried again');
  const givenUp = counterOf(
    registry,
    'evald_webhooks_given_up_total',
    'Webhooks that were given up: refused, or failed too often',
  );
  return ({ type }) => {
    posts.inc();
    if (type === 'postponed') retries.inc();
    if (type === 'givenUp') givenUp.inc();
  };
}

/** Measures how late the event loop is. @returns takes by how many milliseconds a beat of it was. */
export function measureLag(registry: Registry): (milliseconds: number) => void {
  const lag = new Histogram({
    name: 'evald_event_loop_lag_seconds',
    help: 'By how much the event loop was late, twice a second: all requests waited for so long',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return (milliseconds) => lag.observe(Math.max(0, milliseconds) / SECOND);
}
