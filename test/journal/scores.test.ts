import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournal, openJournalForReading } from '../../src/journal/database.ts';
import { exportJournal } from '../../src/journal/export.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import type { Journal, ScoreFilter, StoredScore, Transition } from '../../src/machines/ports/journal.ts';
import type { CompletedOutcome, Metrics } from '../../src/schemas/job/outcome.ts';
import type { Provenance } from '../../src/schemas/job/provenance.ts';
import type { EvaluateRequest } from '../../src/schemas/submission/evaluateRequest.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { request } from '../support/requests/request.ts';
import { failedOutcome } from '../support/runs/controlledRuns.ts';
import { cancelled, run, started, submitted } from './lives.ts';
import { temporaryFolder, temporaryJournal } from './temporaryJournal.ts';

const metric = (value: Metrics[string][string]['value'], n: number | null = 4) => ({
  ...{ value, stderr: 0.1, higher_is_better: true, n },
});

const provenance: Provenance = {
  harness: 'lmms-eval',
  harness_version: '0.6.0',
  git_hash: 'abc1234',
  seed: '7',
  tasks: { mme: { version: '2.0', num_fewshot: 3 } },
  groups: { both: ['mme', 'mmmu'] },
};

type Scored = {
  result?: CompletedOutcome['result'];
  request?: Partial<EvaluateRequest>;
  labels?: Record<string, string | number>;
  metrics?: Metrics;
  provenance?: Provenance | undefined;
  at?: number;
};

/** A job that is submitted, runs and completes. */
function life(jobId: string, scored: Scored = {}): Transition[] {
  const { metrics = { mme: { acc: metric(0.5) } }, labels = {}, at = 4 } = scored;
  const made = 'provenance' in scored ? scored.provenance : provenance;
  const outcome: CompletedOutcome = {
    status: 'completed',
    result: scored.result ?? {},
    metrics,
    warnings: [],
    ...(made && { provenance: made }),
  };
  return [
    submission(jobId, { request: { tasks: ['mme'], ...scored.request }, labels }),
    started(jobId, at),
    { type: 'launched', jobId, at, run },
    { type: 'completed', jobId, at, monotonic: at, outcome, notify: [] },
  ];
}

function submission(jobId: string, { request: asked, labels = {} }: Pick<Scored, 'request' | 'labels'>): Transition {
  const given = submitted(jobId);
  if (given.type !== 'submitted') throw new Error('it is of another kind');
  const job = { ...given.job, request: request(asked), options: { ...noOptions, labels }, submittedBy: 'alice' };
  return { ...given, job };
}

const all = (journal: Journal, filter: ScoreFilter = {}): StoredScore[] => {
  const scores: StoredScore[] = [];
  for (let cursor: number | null = null; ; ) {
    const part = journal.scores({ filter, cursor, limit: 10_000 });
    scores.push(...part.scores);
    if (part.next === null) return scores;
    cursor = part.next;
  }
};
const named = (scores: readonly StoredScore[]) =>
  scores.map(({ source, task, metric: name, filter }) => `${source.jobId} ${task} ${name} ${filter}`);
/** Of all pages: one has what was found in some milliseconds, which on a busy machine is not all. */
function unscored(journal: Journal, filter: ScoreFilter = {}): string[] {
  const found: string[] = [];
  let cursor: number | null = null;
  do {
    const { jobs, next }: ReturnType<Journal['unscored']> = journal.unscored({ filter, cursor, limit: 100 });
    found.push(...jobs.map(({ jobId, tasks }) => `${jobId}: ${tasks.join(' ')}`));
    cursor = next;
  } while (cursor !== null);
  return found;
}

describe('scores in the journal', () => {
  test('a score is kept with what made it, across a restart, with groups, two filters and numbers that no double holds', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    const huge = '123456789012345678901234567890.5';
    await journal.append(
      life('a', {
        request: { tasks: ['both'], model: 'qwen', model_args: { pretrained: '/ckpt/7' }, num_gpus: 4, limit: 0.5 },
        labels: { run: 'r7', step: 7_000 },
        metrics: {
          mme: { 'exact_match,strict': metric(0.25), 'exact_match,loose': metric(0.75), 'a,b,none': metric(1e18) },
          both: { acc: metric({ exact: huge }, null) },
          mmmu: { acc: { value: null, stderr: null, higher_is_better: null, n: null } },
        },
      }),
    );
    await close();
    const reopened = await openSqliteJournal(dataDir);
    const scores = all(reopened);
    await reopened.close();
    expect(named(scores)).toEqual([
      'a mme exact_match strict',
      'a mme exact_match loose',
      'a mme a,b none',
      'a both acc none',
      'a mmmu acc none',
    ]);
    expect(scores.map(({ value }) => value)).toEqual([0.25, 0.75, 1e18, { exact: huge }, null]);
    expect(scores.map(({ isGroup }) => isGroup)).toEqual([false, false, false, true, false]);
    expect(scores.map(({ taskVersion, numFewshot }) => [taskVersion, numFewshot])).toEqual([
      ['2.0', 3],
      ['2.0', 3],
      ['2.0', 3],
      [null, null],
      [null, null],
    ]);
    expect(scores[0]?.source).toEqual({
      ...{ jobId: 'a', endedAt: 4, imported: false, model: 'qwen', checkpoint: '/ckpt/7', submittedBy: 'alice' },
      ...{ labels: { run: 'r7', step: 7_000 }, harness: 'lmms-eval', harnessVersion: '0.6.0', gitHash: 'abc1234' },
      ...{ seed: '7', numGpus: 4, sampleLimit: 0.5 },
    });
  });

  test('a failed or cancelled job has no scores, whatever it had measured', async () => {
    const { journal } = await temporaryJournal();
    const partial = { result: {}, metrics: { mme: { acc: metric(0.5) } }, warnings: [] };
    await journal.append([
      ...[submitted('a'), started('a')],
      { type: 'failed', jobId: 'a', at: 4, monotonic: 4, outcome: { ...failedOutcome, partial }, notify: [] },
      ...[submitted('b'), cancelled('b')],
    ]);
    expect(all(journal)).toEqual([]);
    expect(unscored(journal)).toEqual(['b: t1', 'a: t1']);
  });

  test('the end of a job and its scores are one: where one cannot be written, neither is', async () => {
    const { dataDir, journal } = await temporaryJournal();
    await journal.append(life('a').slice(0, 3));
    const other = new DatabaseSync(join(dataDir, 'journal.db'));
    other.exec("CREATE TRIGGER refuse BEFORE INSERT ON scores BEGIN SELECT RAISE(ABORT, 'no scores'); END");
    await expect(journal.append(life('a').slice(3))).rejects.toThrow('no scores');
    expect(journal.find('a')?.status).toBe('running');
    other.exec('DROP TRIGGER refuse');
    other.close();
    await journal.append(life('a').slice(3));
    expect([journal.find('a')?.status, named(all(journal))]).toEqual(['completed', ['a mme acc none']]);
  });

  test('a job that is forgotten leaves its scores, which go by their own age and with nothing left of them', async () => {
    const { dataDir, journal } = await temporaryJournal();
    for (const [at, jobId] of ['a', 'b', 'c'].entries())
      await journal.append(life(jobId, { labels: { run: jobId }, at: at + 10 }));
    await journal.forget(['a', 'b', 'c']);
    expect(journal.find('a')).toBeUndefined();
    expect(named(all(journal))).toEqual(['a mme acc none', 'b mme acc none', 'c mme acc none']);
    expect(await journal.forgetScores(10, 100)).toBe(0);
    expect(await journal.forgetScores(12, 1)).toBe(1);
    expect(await journal.forgetScores(12, 100)).toBe(1);
    expect(named(all(journal))).toEqual(['c mme acc none']);
    const database = openJournalForReading(dataDir);
    const count = (table: string) => database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'];
    expect(['score_jobs', 'scores', 'score_labels'].map(count)).toEqual([1, 1, 1]);
    database.close();
  });

  test('a results file in a folder that a client named stays known when its job is forgotten, until its scores may go', async () => {
    const { journal } = await temporaryJournal();
    const wrote = (folder: string) => ({ m: { results: `${folder}/m/r.json`, samples: [] } });
    await journal.append([
      ...life('a', { request: { output_dir: '/a' }, result: wrote('/a'), at: 10 }),
      ...life('b', { request: { output_dir: '/b' }, result: wrote('/b'), at: 11 }),
      // In a folder of evald's own, where no import reads.
      ...life('c', { result: wrote('/c'), at: 12 }),
    ]);
    const [ofA, ofB] = ['a', 'b'].map((jobId) => ({ folder: `/${jobId}/m`, jobId, hash: null }));
    expect(journal.resultFiles('r.json')).toEqual([ofA, ofB]);
    expect(journal.resultFiles('other.json')).toEqual([]);
    await journal.forget(['a']);
    await journal.forgetScores(10, 100);
    expect(journal.resultFiles('r.json')).toEqual([ofA, ofB]);
    await journal.forgetScores(12, 100);
    expect(journal.resultFiles('r.json')).toEqual([ofB]);
  });

  test('scores are found by job, model, task, metric, filter, label and time, each alone and together', async () => {
    const { journal } = await temporaryJournal();
    const metrics = { mme: { 'em,strict': metric(0.1), 'em,loose': metric(0.2) }, mmmu: { acc: metric(0.3) } };
    await journal.append([
      ...life('a', { request: { model: 'm1' }, labels: { run: 'r1', step: 1 }, at: 10 }),
      ...life('b', { request: { model: 'm2' }, labels: { run: 'r1', step: 2 }, metrics, at: 20 }),
      ...life('c', { request: { model: 'm1' }, labels: { run: 'r2', step: 1 }, metrics, at: 30 }),
    ]);
    const b = ['b mme em strict', 'b mme em loose', 'b mmmu acc none'];
    const c = ['c mme em strict', 'c mme em loose', 'c mmmu acc none'];
    const found: [ScoreFilter, string[]][] = [
      [{}, ['a mme acc none', ...b, ...c]],
      [{ jobId: 'b' }, b],
      [{ jobId: 'x' }, []],
      [{ model: 'm1' }, ['a mme acc none', ...c]],
      [{ task: 'mmmu' }, ['b mmmu acc none', 'c mmmu acc none']],
      [{ metric: 'acc' }, ['a mme acc none', 'b mmmu acc none', 'c mmmu acc none']],
      [{ filter: 'loose' }, ['b mme em loose', 'c mme em loose']],
      [{ label: 'run:r1' }, ['a mme acc none', ...b]],
      [{ label: 'step:1' }, ['a mme acc none', ...c]],
      [{ since: 20 }, [...b, ...c]],
      [{ label: 'run:r1', task: 'mme' }, ['a mme acc none', 'b mme em strict', 'b mme em loose']],
      [{ label: 'run:r1', model: 'm2', task: 'mme', metric: 'em', filter: 'strict', since: 1 }, ['b mme em strict']],
      [{ jobId: 'b', label: 'run:r2' }, []],
      [{ task: 'mme', model: 'm1', since: 30 }, ['c mme em strict', 'c mme em loose']],
    ];
    expect(found.map(([filter]) => named(all(journal, filter)))).toEqual(found.map(([, scores]) => scores));
    for (const [filter, scores] of found) {
      const pages: string[] = [];
      for (let cursor: number | null = null; ; ) {
        const page = journal.scores({ filter, cursor, limit: 1 });
        pages.push(...named(page.scores));
        if (page.next === null) break;
        cursor = page.next;
      }
      expect(pages).toEqual(scores);
    }
  });

  test('the newest first is the same order backwards, whatever the filter and the length of a page', async () => {
    const { journal } = await temporaryJournal();
    const metrics = { mme: { 'em,strict': metric(0.1), 'em,loose': metric(0.2) }, mmmu: { acc: metric(0.3) } };
    await journal.append(
      ['a', 'b', 'c'].flatMap((id, at) => life(id, { labels: { run: at < 2 ? 'r1' : 'r2' }, metrics, at: at + 10 })),
    );
    const filters: ScoreFilter[] = [
      {},
      { jobId: 'b' },
      { model: 'm' },
      { task: 'mme' },
      { label: 'run:r1' },
      { task: 'mme', label: 'run:r1', filter: 'loose' },
      { since: 11 },
    ];
    for (const filter of filters) {
      const oldest = named(all(journal, filter));
      for (const limit of [1, 2, 100]) {
        const pages: string[] = [];
        for (let cursor: number | null = null; ; ) {
          const page = journal.scores({ filter, cursor, limit, order: 'newest' });
          pages.push(...named(page.scores));
          if (page.next === null) break;
          cursor = page.next;
        }
        expect(pages, JSON.stringify({ filter, limit })).toEqual(oldest.toReversed());
      }
    }
    expect(named(all(journal))).toHaveLength(9);
  });

  test('each question is answered in the order of an index, and sorts nothing', async () => {
    const { dataDir, journal } = await temporaryJournal();
    await journal.append(life('a', { labels: { run: 'r7' } }));
    const database = openJournalForReading(dataDir);
    const plans: string[] = [];
    const prepare = database.prepare.bind(database);
    const spying = Object.assign(Object.create(database) as DatabaseSync, {
      prepare: (sql: string) => {
        if (/^\s*SELECT/.test(sql)) plans.push(...planOf(prepare, sql));
        return prepare(sql);
      },
    });
    const { createScoreReader } = await import('../../src/journal/scoreReader.ts');
    const { createUnscored } = await import('../../src/journal/unscored.ts');
    const [scores, missing] = [createScoreReader(spying), createUnscored(spying)];
    const filters: ScoreFilter[] = [{}, { jobId: 'a' }, { model: 'm' }, { task: 'mme' }, { label: 'run:r7' }];
    for (const filter of filters) scores({ filter, cursor: null, limit: 10 });
    for (const filter of filters) scores({ filter, cursor: null, limit: 10, order: 'newest' });
    for (const filter of filters) missing({ filter, cursor: null, limit: 10 });
    database.close();
    expect(plans.filter((step) => /TEMP B-TREE|MATERIALIZE|AUTOMATIC/.test(step))).toEqual([]);
    expect(plans.filter((step) => step.startsWith('SEARCH')).length).toBeGreaterThan(10);
  });

  test('what a job was asked for and has no score of is known: of one that waits all, of a completed one what has no number', async () => {
    const { journal } = await temporaryJournal();
    const tasks = ['mme', 'mm*', 'both', 'sub'];
    const groups = { both: ['mme'], sub: ['deep'], deep: ['mme'] };
    await journal.append([
      ...life('a', { request: { tasks }, metrics: { mme: {}, other: { acc: metric(1) } } }),
      ...life('b', {
        request: { tasks },
        metrics: { mme: { acc: metric(1) }, both: {}, sub: {} },
        provenance: { ...provenance, groups },
      }),
      ...life('c', { request: { tasks }, metrics: { mme: {}, both: {} } }),
      ...life('d', { request: { tasks }, metrics: { mme: {}, other: { acc: metric(1) } }, provenance: undefined }),
      submission('e', { request: { tasks: ['mmmu', 'mme'], model: 'm2' }, labels: { run: 'r7' } }),
    ]);
    // What is a group an old journal does not say (d); a wildcard is not among what is asked of a job that has some score.
    expect(unscored(journal)).toEqual(['e: mme mmmu', 'c: mme mm* both sub', 'a: mme']);
    expect(unscored(journal, { label: 'run:r7' })).toEqual(['e: mme mmmu']);
    expect(unscored(journal, { model: 'm2' })).toEqual(['e: mme mmmu']);
    expect(unscored(journal, { jobId: 'a' })).toEqual(['a: mme']);
    expect(unscored(journal, { since: 5 })).toEqual(['e: mme mmmu']);
  });

  test('scores of jobs that completed before there was the table are written at the start, and once', async () => {
    const dataDir = await temporaryFolder();
    await copyFile(join(import.meta.dirname, '../fixtures/journal-v7.db'), join(dataDir, 'journal.db'));
    openJournal(dataDir).close();
    openJournal(dataDir).close();
    const database = openJournalForReading(dataDir);
    expect(
      database
        .prepare('SELECT task, metric, value FROM scores')
        .all()
        .map((row) => ({ ...row })),
    ).toEqual([{ task: 't1', metric: 'acc', value: '0.5' }]);
    database.close();
  });

  test('an old end that cannot be read leaves the others their scores, and does not keep a server from starting', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    await journal.append([...life('a'), ...life('b'), ...life('c')]);
    await close();
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    database.exec("UPDATE jobs SET outcome = '{' WHERE job_id = 'b'; DELETE FROM scores; DELETE FROM score_jobs;");
    database.exec("INSERT INTO settings (name, value) VALUES ('scores_due', 'true')");
    database.close();
    const reopened = await openSqliteJournal(dataDir);
    expect(named(all(reopened))).toEqual(['a mme acc none', 'c mme acc none']);
    await reopened.close();
  });

  test('an export has the scores, forgotten jobs among them, and a check finds one that is no number or of nothing', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    await journal.append([...life('a'), ...life('b')]);
    await journal.forget(['a']);
    await close();
    const database = new DatabaseSync(join(dataDir, 'journal.db'), { enableForeignKeyConstraints: false });
    const lines = [...exportJournal(database)].map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'scores');
    expect(lines.map(({ jobId, scores }) => [jobId, scores[0].value])).toEqual([
      ['a', 0.5],
      ['b', 0.5],
    ]);
    expect(checkJournal(database).problems).toEqual([]);
    database.exec("UPDATE scores SET value = 'much' WHERE job = 4; UPDATE scores SET job = 99 WHERE job = 8");
    expect(checkJournal(database).problems).toEqual([
      'score 0 of event 4 is no number',
      'score 0 of event 99 is of no job that has scores',
    ]);
    database.close();
  });
});

/** The steps by which SQLite answers a question. */
function planOf(prepare: DatabaseSync['prepare'], sql: string): string[] {
  return prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...Array.from({ length: sql.split('?').length - 1 }, () => null))
    .map((row) => String(row['detail']));
}
