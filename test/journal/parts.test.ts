import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading, prepared } from '../../src/journal/database.ts';
import { exportJournal } from '../../src/journal/export.ts';
import { written } from '../../src/journal/jobSecrets.ts';
import { createReader } from '../../src/journal/reader.ts';
import { relocate } from '../../src/journal/relocate.ts';
import { createWrite } from '../../src/journal/write.ts';
import { jobSteps } from '../../src/machines/job/jobSteps.ts';
import { JournalContradiction, type Transition } from '../../src/machines/ports/journal.ts';
import { endedPart } from '../../src/machines/runner/parts.ts';
import type { Outcome } from '../../src/schemas/job/outcome.ts';
import { completedOutcome, failedOutcome } from '../support/runs/controlledRuns.ts';
import { completed, launched, started, submitted } from './lives.ts';
import { temporaryJournal } from './temporaryJournal.ts';

const ended = (jobId: string, number: number, outcome: Outcome = completedOutcome): Transition => {
  const about = { number, task: `t${number}`, endedAt: 4, ran: 7 };
  return { type: 'taskCompleted', jobId, at: 4, part: endedPart(about, outcome, `/o/${number}/log`) };
};

test('the end of a part is an event, and is kept with what it measured while its job runs', async () => {
  const { journal } = await temporaryJournal();
  const exact = { value: { exact: '0.12345678901234567890' }, stderr: null, higher_is_better: true, n: 4 };
  const outcome = { ...completedOutcome, metrics: { t1: { acc: exact } } };
  await journal.append([submitted('a'), started('a'), launched('a')]);
  await journal.append([ended('a', 1, outcome), ended('a', 2, failedOutcome)]);
  const job = journal.find('a');
  expect(job).toMatchObject({
    status: 'running',
    parts: [
      { number: 1, outcome },
      { number: 2, kind: 'exited' },
    ],
  });
  expect(journal.findContent('a')?.parts).toEqual(job?.parts);
  expect(journal.restore(10)[0]?.record?.parts).toEqual(job?.parts);
  expect(journal.events(3, 10).map(({ type, data }) => [type, data])).toEqual([
    ['taskCompleted', { part: 1, task: 't1', status: 'completed' }],
    ['taskCompleted', { part: 2, task: 't2', status: 'failed', kind: 'exited' }],
  ]);
});

test('the end of a part that is told twice counts once, and one whose job has ended or is forgotten says nothing', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), ended('a', 1)]);
  const before = [journal.find('a'), journal.lastEvent()];
  await journal.append([ended('a', 1, failedOutcome)]);
  expect([journal.find('a'), journal.lastEvent()]).toEqual(before);
  await journal.append([ended('a', 1), ended('a', 2), completed('a')]);
  expect(journal.find('a')?.parts).toHaveLength(2);
  const last = journal.lastEvent();
  await journal.append([ended('a', 3), ended('nobody', 1)]);
  expect(journal.lastEvent()).toBe(last);
});

test('the end of a part before which another has not ended contradicts the journal', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([submitted('a'), submitted('b'), started('a')]);
  await expect(journal.append([ended('a', 2)])).rejects.toBeInstanceOf(JournalContradiction);
  await expect(journal.append([ended('b', 1)])).rejects.toBeInstanceOf(JournalContradiction);
  expect(journal.find('a')?.parts).toEqual([]);
});

test('when its job has ended a part is kept without what it measured, for the outcome of the job has that; it goes with its job', async () => {
  const { journal, dataDir, close } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), ended('a', 1), ended('a', 2, failedOutcome), completed('a')]);
  const parts = [
    { number: 1, task: 't1', status: 'completed', kind: null, error: null, log: '/o/1/log', endedAt: 4, ran: 7 },
    expect.objectContaining({ number: 2, kind: 'exited', error: 'Evaluation failed with return code 3' }),
  ];
  expect(journal.find('a')?.parts).toEqual(parts);
  expect(journal.find('a')?.parts[1]).not.toHaveProperty('outcome');
  expect(journal.list({ filter: {}, order: 'newest', cursor: null, limit: 1 }).jobs[0]?.parts).toEqual(parts);
  await close();
  const database = openJournalForReading(dataDir);
  expect(checkJournal(database).problems).toEqual([]);
  expect([...exportJournal(database)].map((line) => JSON.parse(line))[0]).toMatchObject({ kind: 'job', parts });
  database.close();
});

test('a part that cannot be read is a problem of the journal', async () => {
  const { journal, dataDir, close } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), ended('a', 1)]);
  await close();
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  database.exec(`UPDATE jobs SET parts = '[{"number": "one"}]'`);
  expect(checkJournal(database).problems).toEqual([expect.stringMatching(/the row of job a cannot be read/)]);
  database.close();
});

test('the paths of parts in a folder that was moved lead to their new paths', () => {
  const database = prepared(new DatabaseSync(':memory:'));
  const result = { m: { results: '/old/outputs/a/1_t1/r.json', samples: [] } };
  const part = ended('a', 1, { ...completedOutcome, result });
  if (part.type !== 'taskCompleted') throw new Error('it is another transition');
  const moved = { ...part, part: { ...part.part, log: '/old/outputs/a/1_t1/log', task: '/old/outputs' } };
  createWrite(database, jobSteps)([submitted('a'), started('a'), moved].map(written));
  relocate(database, [{ from: '/old', to: '/new' }], '/nowhere');
  expect(createReader(database).find('a')?.parts).toEqual([
    {
      ...{ number: 1, task: '/old/outputs', status: 'completed', kind: null, error: null, endedAt: 4, ran: 7 },
      log: '/new/outputs/a/1_t1/log',
      outcome: { ...completedOutcome, result: { m: { results: '/new/outputs/a/1_t1/r.json', samples: [] } } },
    },
  ]);
});
