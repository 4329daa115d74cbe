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
import type { FailedAttempt } from '../../src/schemas/job/attempt.ts';
import { completed, launched, started, submitted } from './lives.ts';
import { temporaryJournal } from './temporaryJournal.ts';

const attempt = (number: number, part?: number): FailedAttempt => ({
  ...{ number, kind: 'preempted', error: 'it had to make room', log: `/o/${number}/log`, node: 'n1', endedAt: 4 },
  ...(part !== undefined && { part }),
  next: { at: 5_004, monotonic: 5_000 },
});
const failed = (jobId: string, number: number, part?: number): Transition => ({
  ...{ type: 'attemptFailed', jobId, at: 4 },
  attempt: attempt(number, part),
});

test('the end of an attempt is an event, is kept, and takes its run off the record; the next one is launched', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), launched('a'), failed('a', 1)]);
  expect(journal.find('a')).toMatchObject({ status: 'running', run: null, attempts: [attempt(1)] });
  expect(journal.restore(10)[0]?.record).toMatchObject({ run: null, attempts: [attempt(1)] });
  await journal.append([launched('a'), failed('a', 2), launched('a')]);
  expect(journal.find('a')).toMatchObject({ attempts: [attempt(1), attempt(2)], run: { handle: expect.anything() } });
  expect(journal.events(3, 10).map(({ type, data }) => [type, data])).toEqual([
    ['attemptFailed', { attempt: 1, kind: 'preempted', next_at: '1970-01-01T00:00:05.004+00:00' }],
    ['launched', expect.anything()],
    ['attemptFailed', { attempt: 2, kind: 'preempted', next_at: '1970-01-01T00:00:05.004+00:00' }],
    ['launched', expect.anything()],
  ]);
});

test('the end of an attempt that is told twice counts once and leaves the next run; of a job that has ended it says nothing', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), failed('a', 1), launched('a')]);
  const before = [journal.find('a'), journal.lastEvent()];
  await journal.append([failed('a', 1)]);
  expect([journal.find('a'), journal.lastEvent()]).toEqual(before);
  await journal.append([completed('a')]);
  const last = journal.lastEvent();
  await journal.append([failed('a', 2), failed('nobody', 1)]);
  expect(journal.lastEvent()).toBe(last);
  expect(journal.find('a')?.attempts).toEqual([attempt(1)]);
});

test('the attempts at each part are counted by themselves; one before which another has not failed contradicts the journal', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), failed('a', 1, 1), failed('a', 2, 1), failed('a', 1, 2)]);
  expect(journal.find('a')?.attempts.map(({ part, number }) => [part, number])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
  ]);
  await expect(journal.append([failed('a', 3, 2)])).rejects.toBeInstanceOf(JournalContradiction);
  await expect(journal.append([failed('a', 2)])).rejects.toBeInstanceOf(JournalContradiction);
  await journal.append([submitted('b')]);
  await expect(journal.append([failed('b', 1)])).rejects.toBeInstanceOf(JournalContradiction);
});

test('attempts are checked and exported with their job; what cannot be read of them is a problem', async () => {
  const { journal, dataDir, close } = await temporaryJournal();
  await journal.append([submitted('a'), started('a'), failed('a', 1), completed('a')]);
  await close();
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  expect(checkJournal(database).problems).toEqual([]);
  expect([...exportJournal(database)].map((line) => JSON.parse(line))[0]).toMatchObject({
    ...{ kind: 'job', attempts: [attempt(1)] },
  });
  database.exec(`UPDATE jobs SET attempts = '[{"number": "one"}]'`);
  expect(checkJournal(database).problems).toEqual([expect.stringMatching(/the row of job a cannot be read/)]);
  database.close();
  openJournalForReading(dataDir).close();
});

test('the logs of attempts in a folder that was moved lead to their new paths', () => {
  const database = prepared(new DatabaseSync(':memory:'));
  const moved: Transition = {
    ...{ type: 'attemptFailed', jobId: 'a', at: 4 },
    attempt: { ...attempt(1), log: '/old/outputs/a/log', error: '/old/outputs was full' },
  };
  createWrite(database, jobSteps)([submitted('a'), started('a'), moved].map(written));
  relocate(database, [{ from: '/old', to: '/new' }], '/nowhere');
  expect(createReader(database).find('a')?.attempts).toEqual([
    { ...moved.attempt, log: '/new/outputs/a/log', error: '/old/outputs was full' },
  ]);
});
