import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepared } from '../../src/journal/database.ts';
import { listQuery } from '../../src/journal/listing.ts';
import type { JobFilter, JobPage, Journal } from '../../src/machines/ports/journal.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { newJob } from '../support/jobs/newJob.ts';

const page = (filter: JobFilter, more: Partial<JobPage> = {}): JobPage => ({
  filter,
  order: 'newest',
  cursor: null,
  limit: 50,
  ...more,
});

const single: JobFilter[] = [
  { status: 'queued' },
  { model: 'm' },
  { task: 't' },
  { label: 'run:r7' },
  { since: 5 },
  { submittedBy: 'alice' },
];
const combined: JobFilter[] = [
  { idPrefix: '0f9c' },
  { idPrefix: '0f9c', status: 'failed' },
  { status: 'failed', task: 't' },
  { model: 'm', label: 'run:r7', since: 5 },
];

describe('a page of jobs', () => {
  const database = prepared(new DatabaseSync(':memory:'));
  const places = (['newest', 'oldest'] as const).flatMap((order) => [null, 7].map((cursor) => ({ order, cursor })));

  test.for(single)('a page of jobs with %o reads an index from the cursor on, and sorts nothing', (filter) => {
    for (const place of places) {
      const { sql, values } = listQuery(page(filter, place));
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      expect(plan.map(({ detail }) => detail).join('\n')).not.toMatch(/SCAN|TEMP B-TREE|LIST SUBQUERY/);
    }
  });

  test.for(combined)('a page of jobs filtered by several, %o, reads an index too', (filter) => {
    for (const place of places) {
      const { sql, values } = listQuery(page(filter, place));
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      expect(plan.map(({ detail }) => detail).join('\n')).not.toMatch(/SCAN/);
    }
  });
});

describe('the list', () => {
  let journal: Journal;
  const labels = [{ run: 'r7', step: 1 }, { run: 'r7' }, {}] as const;
  beforeAll(async () => {
    ({ journal } = controlledJournal());
    for (let n = 0; n < 12; n++) {
      const job = newJob(
        `j${n}`,
        { model: `m${n % 2}`, tasks: n % 3 === 0 ? ['t1', 't2'] : ['t1'] },
        {
          createdAt: n,
          options: { ...noOptions, labels: labels[n % 3] ?? {} },
          submittedBy: n % 4 === 0 ? 'alice' : null,
        },
      );
      await journal.append([{ type: 'submitted', jobId: job.jobId, at: n, job }]);
    }
    await journal.append([
      { type: 'started', jobId: 'j0', at: 20 },
      { type: 'cancelled', jobId: 'j1', at: 21, who: null, notify: [] },
    ]);
  });
  /** Of the first page that is whole: a search that took its time goes on where it was cut. */
  const ids = (filter: JobFilter, more: Partial<JobPage> = {}): number[] => {
    const { jobs, next, isCut } = journal.list(page(filter, more));
    const found = jobs.map(({ jobId }) => Number(jobId.slice(1)));
    return isCut ? [...found, ...ids(filter, { ...more, cursor: next })] : found;
  };

  test.for<[JobFilter, number[]]>([
    [{}, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    [{ status: 'running' }, [0]],
    [{ status: 'cancelled' }, [1]],
    [{ model: 'm1' }, [11, 9, 7, 5, 3, 1]],
    [{ task: 't2' }, [9, 6, 3, 0]],
    [{ label: 'run:r7' }, [10, 9, 7, 6, 4, 3, 1, 0]],
    [{ label: 'step:1' }, [9, 6, 3, 0]],
    [{ since: 9 }, [11, 10, 9]],
    [{ submittedBy: 'alice' }, [8, 4, 0]],
    [{ submittedBy: 'alice', model: 'm0', since: 4 }, [8, 4]],
    [{ since: 99 }, []],
    [{ task: 't2', label: 'step:1', model: 'm1', since: 4, status: 'queued' }, [9]],
    [{ task: 'none' }, []],
    [{ idPrefix: 'j1' }, [11, 10, 1]],
    [{ idPrefix: 'j1', status: 'queued' }, [11, 10]],
    [{ idPrefix: 'j%' }, []],
    [{ texts: ['run:r7', 'j1'] }, [10, 1]],
    [{ texts: ['ALICE'.toLowerCase()], model: 'm0' }, [8, 4, 0]],
    [{ texts: ['t2'], label: 'step:1', status: 'queued' }, [9, 6, 3]],
  ])('the list filtered by %o has just those, in either order, whatever the size of the pages', ([filter, wanted]) => {
    expect(ids(filter)).toEqual(wanted);
    expect(ids(filter, { order: 'oldest' })).toEqual(wanted.toReversed());
    const seen: number[] = [];
    for (let cursor: number | null = null, more = true; more; more = cursor !== null) {
      const { jobs, next } = journal.list(page(filter, { cursor, limit: 2 }));
      expect(jobs.length).toBeLessThanOrEqual(2);
      seen.push(...jobs.map(({ jobId }) => Number(jobId.slice(1))));
      cursor = next;
    }
    expect(seen).toEqual(wanted);
  });

  test('the list ends a page early when its jobs are large, and goes on at the next', async () => {
    const { journal: large } = controlledJournal();
    for (let n = 0; n < 12; n++) {
      const job = newJob(`j${n}`, { model: 'x'.repeat(900_000) });
      await large.append([{ type: 'submitted', jobId: job.jobId, at: n, job }]);
    }
    const first = large.list(page({}));
    expect(first.jobs).toHaveLength(5);
    const rest = large.list(page({}, { cursor: first.next, limit: 500 }));
    expect(rest.jobs[0]?.jobId).toBe('j6');
  });
});
