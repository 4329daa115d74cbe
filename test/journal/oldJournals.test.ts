import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { migrations } from '../../src/journal/migrations.ts';
import type { Journal, StoredScore } from '../../src/machines/ports/journal.ts';
import { jobInfo } from '../../src/projections/job.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
const versions = migrations.map((_, index) => index + 1);
/** All pages: one has what is found in ten milliseconds. */
function everyScore(journal: Pick<Journal, 'scores'>): StoredScore[] {
  const found: StoredScore[] = [];
  let cursor: number | null = null;
  do {
    const { scores, next } = journal.scores({ filter: {}, cursor, limit: 100 });
    found.push(...scores);
    cursor = next;
  } while (cursor !== null);
  return found;
}

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;

/**
 * Journals that earlier versions wrote, never made again: `journal-vN.db` was written by the version whose schema was N.
 * They hold five jobs, one in each state; the first has an idempotency key. From 3 on the last three were submitted by
 * somebody, and the third cancelled. From 4 on the runs had a device, and the last job has words for an engine.
 * From 5 on times are measured too. From 6 on the run of the fourth was asked to end. From 7 on the third was to come after the
 * second, which failed, and the last waits for a checkpoint and for the fourth. From 8 on the first has labels, a score that no double
 * can hold, and what made its scores. From 9 on there is a sixth job, an earlier run that was imported: it asked the same as the first, and took
 * five seconds. From 10 on its results file is noted. 11, 12 and 13 were told what 10 tells.
 */
describe.each(versions)('a journal of schema %i', (version) => {
  test('opens, and every job in it is what it was', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'evald-old-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    await copyFile(join(fixtures, `journal-v${version}.db`), join(dataDir, 'journal.db'));
    const journal = await openSqliteJournal(dataDir);
    expect(journal.restore(100).map(({ jobId, status }) => [jobId, status])).toEqual([
      [id(1), 'completed'],
      [id(2), 'failed'],
      [id(3), 'cancelled'],
      ...(version < 9 ? [] : [[id(6), 'completed']]),
      [id(4), 'running'],
      [id(5), 'queued'],
    ]);
    const imported = journal.find(id(6));
    expect(imported && jobInfo(imported)).toEqual(
      version < 9
        ? undefined
        : expect.objectContaining({
            ...{ imported: '/earlier/m/results_2026-03-02T10-22-33.123456.json', duration_seconds: 5, log: null },
            created_at: '1970-01-01T00:00:00.500+00:00',
          }),
    );
    expect(journal.find(id(1))?.imported).toBeNull();
    const [completed, failed, , running] = [1, 2, 3, 4].map((n) => journal.find(id(n)));
    expect(completed && jobInfo(completed)).toMatchObject({
      request: { model: 'dummy', tasks: ['t1', 't2'], model_args: { response: 'B', n: 3 }, limit: 8 },
      created_at: '1970-01-01T00:00:01.001+00:00',
      metrics: { t1: { acc: { value: 0.5, stderr: 0.1, n: 8 } } },
      warnings: ['unknown field "foo" was ignored', 'w'],
    });
    expect(failed && jobInfo(failed).error).toBe('Evaluation failed with return code 3. Last lines of /data/l:\nboom');
    expect(running?.run?.handle).toMatchObject({ backend: 'local', pid: 4242 });
    // Until 3 nobody had to say who it is.
    const [alice, bob] = version < 3 ? [null, null] : ['alice', 'bob'];
    expect([1, 2, 3, 4, 5].map((n) => journal.find(id(n))?.submittedBy)).toEqual([null, null, alice, bob, bob]);
    expect(journal.events(0, 100, id(3)).map(({ type, who }) => [type, who])).toEqual([
      ['submitted', alice],
      ['cancelled', version < 7 ? alice : null],
    ]);
    const cancelled = journal.find(id(3));
    expect(cancelled?.cancelledFor).toBe(version < 7 ? null : id(2));
    expect(cancelled && jobInfo(cancelled)).toMatchObject({
      after: version < 7 ? [] : [id(2)],
      error: version < 7 ? null : expect.stringContaining(`job ${id(2)} did not complete`),
    });
    const stopRequest = version < 6 ? null : { at: 3_400, by: 'carol' };
    expect(running?.stopRequest).toEqual(stopRequest);
    expect(running && jobInfo(running).stop_requested).toEqual(
      stopRequest && { at: '1970-01-01T00:00:03.400+00:00', by: 'carol' },
    );
    expect(running?.devices).toEqual(version < 4 ? null : ['0']);
    const waiting = journal.find(id(5));
    expect(waiting?.options).toMatchObject({ engine_args: version < 4 ? [] : ['--qos=high'] });
    expect(waiting?.createdMonotonic).toBe(version < 7 ? null : 5);
    expect(waiting?.options).toMatchObject(
      version < 7
        ? { ready_file: null, ready_timeout: null, after: [], after_any: false }
        : { ready_file: 'trainer_state.json', ready_timeout: 3_600, after: [id(4)], after_any: true },
    );
    expect(journal.restore(100).map(({ mayBeHeld }) => mayBeHeld)).toEqual([
      false,
      false,
      version >= 7,
      ...(version < 9 ? [] : [false]),
      false,
      version >= 7,
    ]);
    // The first took a second by the clock, and by what was measured; what was imported is no measure.
    const first = journal.find(id(1))?.request;
    expect(first && journal.durations(first, 10)).toEqual([1_000]);
    expect(journal.laterDeliveries(-1, 1).map(({ dueAt }) => dueAt)).toEqual(
      version < 2 ? [] : [version < 5 ? 0 : 2_000],
    );
    const scores = everyScore(journal);
    const [score, exact] = scores;
    expect(score).toEqual({
      ...{ task: 't1', metric: 'acc', filter: 'none', value: 0.5, stderr: 0.1, n: 8, higherIsBetter: true },
      ...{ isGroup: false, taskVersion: version < 8 ? null : '1.0', numFewshot: version < 8 ? null : 5 },
      source: {
        ...{ jobId: id(1), endedAt: 3_000, imported: false, model: 'dummy', checkpoint: null, submittedBy: null },
        labels: version < 8 ? {} : { run: 'r7', step: 11_000 },
        ...(version < 8
          ? { harness: null, harnessVersion: null, gitHash: null, seed: null }
          : { harness: 'lmms-eval', harnessVersion: '0.6.0', gitHash: 'abc1234', seed: '0,1234,1234,1234' }),
        ...{ numGpus: 1, sampleLimit: 8 },
      },
    });
    expect(exact).toEqual(
      version < 8
        ? undefined
        : expect.objectContaining({
            ...{ task: 't2', metric: 'exact_match', filter: 'strict', value: { exact: '12345678901234567890' } },
          }),
    );
    const ofImports = scores.filter(({ source }) => source.imported).map(({ source }) => source);
    expect(new Set(ofImports.map(({ jobId, harness, numGpus }) => `${jobId} ${harness} ${numGpus}`))).toEqual(
      new Set(version < 9 ? [] : [`${id(6)} lm-eval null`]),
    );
    expect(journal.resultFiles('20261124_120000_results.json')).toEqual(
      version < 9 ? [] : [{ folder: '/data/outputs/x/m', jobId: id(6), hash: 'h' }],
    );
    expect(journal.findByKey('key-1')).toEqual({ jobId: id(1), requestHash: 'abc' });
    await journal.close();
    const database = openJournalForReading(dataDir);
    expect(checkJournal(database)).toMatchObject({
      events: { first: 1, last: version < 6 ? 13 : version < 9 ? 14 : 17 },
      problems: [],
    });
    database.close();
  });

  test('is kept in the fixtures', async () => {
    expect(await readdir(fixtures)).toContain(`journal-v${version}.db`);
  });
});
