import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournalForReading } from '../../src/journal/database.ts';
import { createReader } from '../../src/journal/reader.ts';
import type { Transition } from '../../src/machines/ports/journal.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { temporaryJournal } from './temporaryJournal.ts';

const submitted = (jobId: string, labels: Record<string, string> = {}): Transition => {
  const job = newJob(jobId, { tasks: ['t1', 't2', 't1'] }, { options: { ...noOptions, labels } });
  return { type: 'submitted', jobId, at: 1, job };
};
const cancelled = (jobId: string): Transition => ({ type: 'cancelled', jobId, at: 2, who: null, notify: [] });

test('the events of a job are its own alone, from its submission on, and from a number on', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([submitted('a'), submitted('b'), cancelled('b'), cancelled('a')]);
  const ofA = (after: number, limit = 100) =>
    journal.events(after, limit, 'a').map((event) => [event.number, event.type]);
  expect(ofA(0)).toEqual([
    [1, 'submitted'],
    [4, 'cancelled'],
  ]);
  expect([ofA(0, 1), ofA(1), ofA(4)]).toEqual([[[1, 'submitted']], [[4, 'cancelled']], []]);
  expect(journal.events(0, 100, 'c')).toEqual([]);
});

test('the events of a job are read by an index, however many there are', async () => {
  const { dataDir } = await temporaryJournal();
  const database = openJournalForReading(dataDir);
  const plans: string[] = [];
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    if (sql.includes('FROM events') && sql.includes(':jobId')) {
      plans.push(
        ...prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all({ jobId: 'a', after: 0, limit: 1 })
          .map(({ detail }) => `${detail}`),
      );
    }
    return prepare(sql);
  };
  createReader(database);
  database.close();
  expect(plans.filter((step) => step.startsWith('SEARCH events'))).toHaveLength(2);
  expect(plans.join('\n')).not.toMatch(/SCAN (events|jobs)|TEMP B-TREE/);
});

test('what a job was found by goes with it, and nothing of another job', async () => {
  const { dataDir, journal } = await temporaryJournal();
  await journal.append([submitted('a', { run: 'r' }), cancelled('a'), submitted('b', { run: 'r' })]);
  await journal.forget(['a', 'b']);
  const database = openJournalForReading(dataDir);
  const rowsOf = (table: string) => database.prepare(`SELECT * FROM ${table}`).all();
  expect(rowsOf('job_tasks')).toEqual([
    { task: 't1', turn: 3 },
    { task: 't2', turn: 3 },
  ]);
  expect(rowsOf('job_labels')).toEqual([{ label: 'run:r', turn: 3 }]);
  database.close();
});

test('a commit of one submission writes a page for each of its trees, and hardly more', async () => {
  const { dataDir, journal } = await temporaryJournal();
  const size = () => statSync(join(dataDir, 'journal.db-wal')).size;
  await journal.append(Array.from({ length: 2_000 }, (_, n) => submitted(`a${n}`)));
  const before = size();
  for (let n = 0; n < 50; n++) await journal.append([submitted(`b${n}`)]);
  // Jobs, their ids, keys, states, models and times, events and their last number, two tasks; now and then a page is split.
  expect((size() - before) / 50 / (4_096 + 24)).toBeLessThan(12);
});
