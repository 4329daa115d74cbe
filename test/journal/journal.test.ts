import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { exportJournal } from '../../src/journal/export.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { migrations } from '../../src/journal/migrations.ts';
import { type Journal, JournalContradiction, type Transition } from '../../src/machines/ports/journal.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome, failedOutcome } from '../support/runs/controlledRuns.ts';

let dataDir: string;
let journal: Journal;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evald-journal-'));
  journal = await openSqliteJournal(dataDir);
});
afterEach(async () => {
  await journal.close();
  await rm(dataDir, { recursive: true });
});

const options = { ...noOptions, labels: { run: 'r7', step: 12_000 }, priority: 2 };
const run = { prepared: { output: '/o', ownOutput: true, log: '/o/log', before: [] }, handle: { pid: 7 } };
const submitted = (jobId: string, key: string | null = null): Transition => {
  const idempotency = key === null ? null : { key, requestHash: `hash of ${key}` };
  const job = {
    jobId,
    request: request(),
    createdAt: 1,
    createdMonotonic: 1,
    warnings: ['w'],
    folderName: `p_${jobId}`,
    idempotency,
    options,
    retryOf: null,
    submittedBy: null,
    imported: null,
  };
  return { type: 'submitted', jobId, at: 1, job };
};
const life = (jobId: string, at: number): Transition[] => [
  submitted(jobId),
  { type: 'started', jobId, at, monotonic: at },
  { type: 'launched', jobId, at, monotonic: at, run },
  completedOutcome.status === 'completed'
    ? { type: 'completed', jobId, at, monotonic: at, outcome: completedOutcome, notify: [] }
    : { type: 'cancelled', jobId, at, monotonic: at, who: null, notify: [] },
];
const problems = () => {
  const database = openJournalForReading(dataDir);
  const report = checkJournal(database);
  database.close();
  return report;
};
async function reopened(): Promise<Journal> {
  await journal.close();
  journal = await openSqliteJournal(dataDir);
  return journal;
}

describe('the journal', () => {
  test('the journal gives back, after it was closed and opened, every job as it was', async () => {
    await journal.append([submitted('a', 'k'), submitted('b'), submitted('c'), submitted('d')]);
    await journal.append([
      { type: 'started', jobId: 'a', at: 2, monotonic: 20 },
      { type: 'cancelled', jobId: 'c', at: 3, who: null, notify: [] },
    ]);
    await journal.append([{ type: 'launched', jobId: 'a', at: 4, run }]);
    if (failedOutcome.status === 'failed') {
      await journal.append([
        { type: 'started', jobId: 'b', at: 5 },
        { type: 'failed', jobId: 'b', at: 6, outcome: failedOutcome, notify: [] },
      ]);
    }
    const restored = (await reopened()).restore(100);
    expect(restored.map(({ jobId, status }) => `${jobId} ${status}`)).toEqual([
      'c cancelled',
      'b failed',
      'a running',
      'd queued',
    ]);
    expect(restored[2]?.record).toEqual({
      jobId: 'a',
      request: request(),
      createdAt: 1,
      createdMonotonic: 1,
      warnings: ['w'],
      folderName: 'p_a',
      options,
      retryOf: null,
      submittedBy: null,
      imported: null,
      idempotency: { key: 'k', requestHash: 'hash of k' },
      status: 'running',
      startedAt: 2,
      endedAt: null,
      startedMonotonic: 20,
      endedMonotonic: null,
      devices: null,
      run,
      stopRequest: null,
      parts: [],
      attempts: [],
      outcome: null,
      cancelledFor: null,
    });
    expect(journal.find('b')).toMatchObject({ status: 'failed', endedAt: 6, outcome: failedOutcome });
    expect(journal.findByKey('k')).toEqual({ jobId: 'a', requestHash: 'hash of k' });
    expect(journal.find('nobody')).toBeUndefined();
  });

  test('the journal keeps a request to stop a run, once; of a job that waits or has ended there is none', async () => {
    const stop = { type: 'stopRequested', jobId: 'a', at: 7, who: 'alice' } as const;
    await journal.append([submitted('a')]);
    await expect(journal.append([stop])).rejects.toThrow('job a cannot become stopRequested in the journal');
    await journal.append([{ type: 'started', jobId: 'a', at: 2 }, stop]);
    expect(journal.find('a')).toMatchObject({ status: 'running', stopRequest: { at: 7, by: 'alice' } });
    expect(journal.events(0, 10).at(-1)).toMatchObject({ type: 'stopRequested', who: 'alice', at: 7, data: {} });
    await expect(journal.append([stop])).rejects.toThrow(JournalContradiction);
    await journal.append([{ type: 'failed', jobId: 'a', at: 9, outcome: failedOutcome, notify: [] }]);
    expect(journal.find('a')).toMatchObject({ status: 'failed', stopRequest: { at: 7, by: 'alice' } });
  });

  test('the journal keeps the devices of a run from its start on, and on which node its engine has put it last', async () => {
    await journal.append([submitted('a'), { type: 'started', jobId: 'a', at: 2, devices: ['0', 'GPU-1'] }]);
    expect((await reopened()).find('a')).toMatchObject({ devices: ['0', 'GPU-1'], run: null });
    await journal.append([{ type: 'launched', jobId: 'a', at: 3, run }]);
    await journal.append([
      { type: 'placed', jobId: 'a', at: 4, place: { node: 'n1', at: 4 } },
      { type: 'placed', jobId: 'a', at: 5, place: { node: 'n2', at: 5 } },
    ]);
    expect((await reopened()).find('a')).toMatchObject({
      devices: ['0', 'GPU-1'],
      run: { ...run, place: { node: 'n2', at: 5 } },
    });
    expect(journal.events(1, 10).map(({ type, data }) => [type, data])).toEqual([
      ['started', { devices: ['0', 'GPU-1'] }],
      ['launched', { log: '/o/log' }],
      ['placed', { node: 'n1' }],
      ['placed', { node: 'n2' }],
    ]);
    expect(problems().problems).toEqual([]);
  });

  test('the journal forgets a run that was taken back, and keeps its job; for a job that has ended it ignores that', async () => {
    await journal.append([submitted('a'), { type: 'started', jobId: 'a', at: 2 }]);
    await journal.append([{ type: 'launched', jobId: 'a', at: 3, run }]);
    await journal.append([{ type: 'withdrawn', jobId: 'a', at: 4 }]);
    expect((await reopened()).find('a')).toMatchObject({ status: 'running', startedAt: 2, run: null });
    expect(problems().problems).toEqual([]);
    await journal.append([{ type: 'launched', jobId: 'a', at: 5, run }, ...life('b', 6)]);
    await journal.append([{ type: 'withdrawn', jobId: 'b', at: 9 }]);
    expect([journal.find('a')?.run, journal.find('b')?.run]).toEqual([run, run]);
    expect(journal.events(0, 50, 'a').map(({ type }) => type)).toEqual([
      ...['submitted', 'started', 'launched', 'withdrawn', 'launched'],
    ]);
    await expect(journal.append([submitted('c'), { type: 'withdrawn', jobId: 'c', at: 9 }])).rejects.toThrow(
      'cannot become withdrawn',
    );
  });

  test('the journal ignores the node of a run that has ended, and refuses that of one that was never launched', async () => {
    await journal.append([...life('a', 2), submitted('b'), { type: 'started', jobId: 'b', at: 3 }]);
    const place = { node: 'n1', at: 4 };
    await journal.append([{ type: 'placed', jobId: 'a', at: 4, place }]);
    expect(journal.find('a')?.run).toEqual(run);
    await expect(journal.append([{ type: 'placed', jobId: 'b', at: 4, place }])).rejects.toThrow(
      'cannot become placed',
    );
  });

  test('the journal brings back only as many finished jobs as are wanted, the newest', async () => {
    for (const [at, jobId] of ['a', 'b', 'c'].entries()) await journal.append(life(jobId, at));
    expect(journal.restore(2).map(({ jobId }) => jobId)).toEqual(['b', 'c']);
  });

  test('the journal records all of a commit or nothing', async () => {
    await journal.append([submitted('a')]);
    await expect(journal.append([submitted('b'), submitted('a')])).rejects.toThrow('UNIQUE');
    await expect(journal.append([{ type: 'started', jobId: 'nobody', at: 1 }])).rejects.toThrow('nobody');
    expect(journal.find('b')).toBeUndefined();
    expect(problems()).toMatchObject({ events: { count: 1, first: 1, last: 1 }, problems: [] });
  });

  test('the journal has one numbered event for each transition, without a gap, also after commits that failed', async () => {
    await journal.append(life('a', 1));
    await journal.append([submitted('a')]).catch(() => {});
    await journal.append(life('b', 2));
    const database = openJournalForReading(dataDir);
    const events = [...exportJournal(database)].map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'event');
    database.close();
    expect(events.map(({ number, jobId, type }) => `${number} ${jobId} ${type}`)).toEqual([
      '1 a submitted',
      '2 a started',
      '3 a launched',
      '4 a completed',
      '5 b submitted',
      '6 b started',
      '7 b launched',
      '8 b completed',
    ]);
  });

  test('the journal forgets jobs with their events from the front, and never gives a number out again', async () => {
    for (const [at, jobId] of ['a', 'b', 'c'].entries()) await journal.append(life(jobId, at));
    expect(journal.expired(2, 0, 100).map(({ jobId }) => jobId)).toEqual(['a']);
    expect(journal.expired(100, 2, 100).map(({ jobId }) => jobId)).toEqual(['a', 'b']);
    await journal.forget(['b']);
    expect(problems()).toMatchObject({ events: { first: 1, last: 12 }, problems: [] });
    await journal.forget(['a', 'c']);
    expect(problems()).toMatchObject({ jobs: {}, events: { count: 1, first: 12, last: 12 }, problems: [] });
    await (await reopened()).append([submitted('d')]);
    expect(problems().events).toEqual({ count: 2, first: 12, last: 13 });
  });

  test('the journal never forgets a job that waits or runs', async () => {
    await journal.append([submitted('a'), submitted('b'), { type: 'started', jobId: 'b', at: 1 }]);
    await journal.forget(['a', 'b']);
    expect(problems().jobs).toEqual({ queued: 1, running: 1 });
  });

  test('the journal is for its owner only', async () => {
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    for (const file of ['journal.db', 'journal.db-wal', 'journal.db-shm']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
  });

  test('the journal of a later version is refused, and left as it is', async () => {
    await journal.close();
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(openSqliteJournal(dataDir)).rejects.toThrow('written by a later version of evald');
    const again = new DatabaseSync(join(dataDir, 'journal.db'));
    again.exec(`PRAGMA user_version = ${migrations.length}`);
    again.close();
    journal = await openSqliteJournal(dataDir);
  });
});

describe('a check', () => {
  test('a check of the journal finds a gap in the events, a row that contradicts its events, and a row that cannot be read', async () => {
    await journal.append(life('a', 1));
    await journal.append([submitted('b')]);
    await journal.close();
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    database.exec("DELETE FROM events WHERE number = 2; UPDATE jobs SET status = 'running' WHERE job_id = 'b'");
    database.exec(`UPDATE jobs SET request = '{"model": 5}' WHERE job_id = 'a'`);
    const { problems: found } = checkJournal(database);
    database.close();
    expect(found.join('\n')).toContain('events 1 to 5 should be 5 rows and are 4');
    expect(found.join('\n')).toContain('job b is running, and its events say queued');
    expect(found.join('\n')).toContain('the row of job a cannot be read');
    journal = await openSqliteJournal(dataDir);
  });
});
