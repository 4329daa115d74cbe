import { beforeAll, expect, test, vi } from 'vitest';
import { JobScheduler } from '../../src/scheduler/jobScheduler.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { newJob } from '../support/jobs/newJob.ts';
import type { Counts } from '../support/measuring/counting.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { seeded } from '../support/seeded.ts';
import { until } from '../support/waiting/until.ts';

// Before anything else is loaded.
const count = await vi.hoisted(async () => (await import('../support/measuring/counting.ts')).startCounting());

const SHORT = 1_000;
const LONG = 100_000;
/** Times that each operation is done; what they cost is told of one. */
const TIMES = 100;

type Operation = 'submit' | 'position' | 'cancel';

/** What an operation costs while so many jobs wait. No clock is looked at. */
async function costsAt(depth: number): Promise<Record<Operation, Counts>> {
  const { journal } = controlledJournal();
  const jobIds = Array.from({ length: depth }, (_, index) => `job-${index}`);
  const submitted = [...jobIds, 'first'].map((jobId) => ({
    type: 'submitted' as const,
    jobId,
    at: 1,
    job: newJob(jobId),
    secrets: null,
  }));
  await journal.append(submitted);
  const { runs, launched } = controlledRuns();
  const scheduler = new JobScheduler({ runs, journal }, { maxQueue: 2 * LONG });
  await scheduler.start();
  await until(() => launched.length === 1);
  await scheduler.whenRestored();
  const random = seeded(depth);
  // Each once: what was read of a job's row is kept.
  const some = Array.from({ length: 3 * TIMES }, () => Math.floor(random() * depth)).filter(
    (n, at, all) => all.indexOf(n) === at,
  );
  const [asked, victims] = [some.slice(0, TIMES), some.slice(-TIMES)];
  const each = async (times: readonly unknown[], work: () => Promise<void>) => {
    const whole = await count(work);
    return Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, value / times.length])) as Counts;
  };
  const costs = {
    submit: await each(asked, async () => {
      for (const _ of asked) await scheduler.addJob(request());
    }),
    position: await each(asked, async () => {
      for (const n of asked) scheduler.getJobWithPosition(`job-${n}`);
    }),
    cancel: await each(victims, async () => {
      for (const n of victims) await scheduler.cancelJob(`job-${n}`);
    }),
  };
  expect(scheduler.getHealth().queued).toBe(depth + asked.length - victims.length);
  return costs;
}

let few: Record<Operation, Counts>;
let many: Record<Operation, Counts>;

beforeAll(async () => {
  // Once for what the first time costs more: code is compiled, statements are prepared.
  await costsAt(SHORT);
  few = await costsAt(SHORT);
  many = await costsAt(LONG);
});

/** What a start costs, with the end that makes room for it, while so many jobs wait before it that come after a job that runs. */
async function startCostsAt(depth: number): Promise<Counts> {
  const { journal } = controlledJournal();
  const after = { options: { ...noOptions, after: ['first'] } };
  const held = Array.from({ length: depth }, (_, index) => newJob(`held-${index}`, {}, after));
  const behind = Array.from({ length: TIMES + 2 }, (_, index) => newJob(`behind-${index}`));
  await journal.append(
    [newJob('first'), ...held, ...behind].map((job) => ({
      ...{ type: 'submitted' as const, jobId: job.jobId, at: 1, job, secrets: null },
    })),
  );
  await journal.append([{ type: 'started', jobId: 'first', at: 2 }]);
  const control = controlledRuns();
  const { runs, launched } = control;
  const scheduler = new JobScheduler({ runs, journal }, { slots: 2, maxQueue: 2 * LONG });
  await scheduler.start();
  await until(() => launched.includes('behind-0'));
  await scheduler.whenRestored();
  const cost = await count(async () => {
    for (let index = 0; index < TIMES; index++) {
      await control.end(`behind-${index}`);
      await until(() => launched.includes(`behind-${index + 1}`));
    }
  });
  expect(scheduler.getHealth().queued).toBe(depth + 1);
  return Object.fromEntries(Object.entries(cost).map(([name, value]) => [name, value / TIMES])) as Counts;
}

/** A search tree of 100,000 is 1.67 times as deep as one of 1,000. */
const DEEPER = Math.log(LONG) / Math.log(SHORT);

test.each(['submit', 'position', 'cancel'] as const)(
  'the cost of %s at 100,000 queued grows by no more than the depth of a tree: no list is gone through or copied',
  (operation) => {
    expect(many[operation].steps).toBeLessThan(few[operation].steps * DEEPER);
    // Memory is given out in pieces, which are counted whole: some more for those.
    expect(many[operation].bytes).toBeLessThan(few[operation].bytes * DEEPER + 8 * 1024);
    expect(few[operation].steps).toBeGreaterThan(20);
  },
);

test.each(['submit', 'position', 'cancel'] as const)(
  'the rows that %s reads at 100,000 queued are as many as at 1,000, all by an index',
  (operation) => {
    expect(many[operation].instructions).toBeLessThanOrEqual(few[operation].instructions + 1);
    expect([few[operation].scanned, many[operation].scanned]).toEqual([0, 0]);
  },
);

test('to start the next job costs at 10,000 jobs that are passed over before it at most what is deeper costs more', async () => {
  await startCostsAt(100);
  const [few, many] = [await startCostsAt(100), await startCostsAt(10_000)];
  // A position in a tree is looked for in a tree.
  const deeper = (Math.log(10_000) / Math.log(100)) ** 2;
  expect(many.steps).toBeLessThan(few.steps * deeper);
  expect(many.instructions).toBeLessThanOrEqual(few.instructions + 10);
  expect(many.scanned).toBe(few.scanned);
});
