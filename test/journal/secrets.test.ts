import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import type { Transition } from '../../src/machines/ports/journal.ts';
import { Secrets } from '../../src/schemas/secrets/secretRequest.ts';
import { filesWith } from '../support/files/filesWith.ts';
import { failedOutcome } from '../support/runs/controlledRuns.ts';
import { seeded } from '../support/seeded.ts';
import { eventually } from '../support/waiting/eventually.ts';
import { cancelled, completed, launched, started, submitted } from './lives.ts';
import { temporaryFolder, temporaryJournal } from './temporaryJournal.ts';

const planted = (jobId: string): string => `PLANTED-${jobId}-`;
const keeping = (jobId: string, length = 40): Transition => {
  const transition = submitted(jobId);
  if (transition.type !== 'submitted') throw new Error('it is no submission');
  return { ...transition, secrets: new Secrets({ '["api_key"]': planted(jobId).padEnd(length, 'x') }) };
};
const failed = (jobId: string): Transition => ({
  type: 'failed',
  jobId,
  at: 4,
  outcome: failedOutcome,
  notify: [],
});

test('a credential of a request is there until its job has ended, also for the next server', async () => {
  const { journal, dataDir, close } = await temporaryJournal();
  await journal.append([keeping('a'), keeping('b'), keeping('c'), submitted('d')]);
  await journal.append([started('a'), launched('a'), started('b')]);
  await close();
  const next = await openSqliteJournal(dataDir);
  onTestFinished(() => next.close());
  for (const jobId of ['a', 'b', 'c']) {
    expect(next.secretsOf(jobId)?.reveal()).toEqual({ '["api_key"]': planted(jobId).padEnd(40, 'x') });
  }
  expect(next.secretsOf('d')).toBeNull();
  for (const end of [completed('a'), failed('b'), cancelled('c')]) {
    await next.append([end]);
    expect(next.secretsOf(end.jobId)).toBeNull();
    expect(await filesWith(dataDir, [planted(end.jobId)])).toEqual([]);
  }
});

test('a change that cannot be recorded deletes no credential', async () => {
  const { journal } = await temporaryJournal();
  await journal.append([keeping('a'), started('a')]);
  await expect(journal.append([completed('a'), completed('nobody')])).rejects.toThrow('nobody');
  expect(journal.secretsOf('a')).not.toBeNull();
});

test('of deleted credentials nothing is in any file, whatever lay beside them and however long they were', async () => {
  const { journal, dataDir } = await temporaryJournal();
  const random = seeded(7);
  const jobs = Array.from({ length: 3_000 }, (_, at) => `${Math.floor(random() * 1e9)}-${at}`);
  const submissions = jobs.map((jobId) => keeping(jobId, random() < 0.01 ? 20_000 : 30 + random() * 200));
  const ended = jobs.filter(() => random() < 0.5);
  // Several at a time: then pages are divided and put together in the middle of a commit.
  for (let at = 0; at < jobs.length; at += 50) await journal.append(submissions.slice(at, at + 50));
  for (let at = 0; at < ended.length; at += 10)
    await journal.append(ended.slice(at, at + 10).map((id) => cancelled(id)));
  const files = await Promise.all(
    ['journal.db', 'journal.db-wal'].map((name) => readFile(join(dataDir, name), 'latin1').catch(() => '')),
  );
  const found = new Set([...files.join('').matchAll(/PLANTED-(\d+-\d+)-/g)].map(([, jobId]) => jobId));
  expect(found.size).toBe(jobs.length - ended.length);
  expect(ended.filter((jobId) => found.has(jobId))).toEqual([]);
});

test('a reader of the journal does not hold up the end of a job, and the traces go when it has gone', async () => {
  const { journal, dataDir } = await temporaryJournal();
  await journal.append([keeping('a')]);
  const reader = openJournalForReading(dataDir);
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM jobs').get();
  await journal.append([cancelled('a')]);
  expect(journal.find('a')?.status).toBe('cancelled');
  expect(await filesWith(dataDir, [planted('a')])).not.toEqual([]);
  reader.close();
  await eventually(async () => (await filesWith(dataDir, [planted('a')])).length === 0);
});

test('a crash between the end of a job and the overwriting leaves none for the next server to find', async () => {
  const { journal, dataDir, close } = await temporaryJournal();
  await journal.append([keeping('a')]);
  const reader = openJournalForReading(dataDir);
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM jobs').get();
  await journal.append([cancelled('a')]);
  const crashed = await temporaryFolder();
  for (const name of ['journal.db', 'journal.db-wal']) await copyFile(join(dataDir, name), join(crashed, name));
  reader.close();
  await close();
  expect(await filesWith(crashed, [planted('a')])).not.toEqual([]);
  const next = await openSqliteJournal(crashed, { adopt: true });
  onTestFinished(() => next.close());
  expect(await filesWith(crashed, [planted('a')])).toEqual([]);
});

test('the check of a journal reports what should be gone', async () => {
  const { journal, dataDir, close } = await temporaryJournal();
  await journal.append([submitted('a'), cancelled('a')]);
  await close();
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  onTestFinished(() => database.close());
  database.exec(`INSERT INTO job_secrets VALUES ('a', '{}')`);
  expect(checkJournal(database).problems).toEqual(['job a has ended, and what its request keeps back is still there']);
});

test('a journal that kept requests as they were sent is masked when it is opened, and keeps what runs need', async () => {
  const dataDir = await temporaryFolder();
  const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  await copyFile(join(import.meta.dirname, '../fixtures/journal-v2.db'), join(dataDir, 'journal.db'));
  const old = new DatabaseSync(join(dataDir, 'journal.db'));
  for (const n of [1, 4, 5]) {
    old
      .prepare("UPDATE jobs SET request = json_set(request, '$.model_args.api_key', ?) WHERE job_id = ?")
      .run(planted(String(n)), id(n));
  }
  old.close();
  expect(await filesWith(dataDir, ['PLANTED-'])).toEqual(['journal.db']);

  const journal = await openSqliteJournal(dataDir);
  onTestFinished(() => journal.close());
  for (const n of [1, 4, 5]) expect(journal.find(id(n))?.request.model_args).toMatchObject({ api_key: '***' });
  for (const n of [4, 5]) expect(journal.secretsOf(id(n))?.reveal()).toEqual({ '["api_key"]': planted(String(n)) });
  expect(journal.secretsOf(id(1))).toBeNull();
  expect(await filesWith(dataDir, [planted('1')])).toEqual([]);
  // Its key is taken for good; what the hash was of cannot be guessed from it any more.
  expect(journal.findByKey('key-1')).toEqual({ jobId: id(1), requestHash: '' });
});
