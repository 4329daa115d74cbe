import type { DatabaseSync } from 'node:sqlite';
import { shownUrl } from '../schemas/secrets/shownUrl.ts';
import { refuseLater, versionOf } from './database.ts';
import { eventOf, recordOf } from './rows.ts';
import { type Salvage, salvage } from './salvage.ts';
import { hasScores, scoreOf, sourceOf } from './scoreReader.ts';

/** What could be exported. */
export type Exported = { jobs: Salvage; events: Salvage; scores: Salvage };

/**
 * The journal as JSON lines: a `job` line for each job in the order of arrival, then an `event` line for each event and a `scores`
 * line for each job that has scores, forgotten ones too; numbers that a double cannot hold are `{exact}`. Of one that is damaged all that can be read.
 * @throws when it is of a later version, whose rows may say more, or has no tables.
 */
export function* exportJournal(database: DatabaseSync): Generator<string, Exported> {
  refuseLater(versionOf(database));
  const jobs = yield* salvage(database, { name: 'jobs', key: 'turn' }, (row) => {
    const { options, ...job } = recordOf(row);
    const shown = { ...options, callback_url: options.callback_url && shownUrl(options.callback_url) };
    return JSON.stringify({ kind: 'job', ...job, options: shown });
  });
  const events = yield* salvage(database, { name: 'events', key: 'number' }, (row) =>
    JSON.stringify({ kind: 'event', ...eventOf(row) }),
  );
  // A journal of an earlier version has none until a server has opened it.
  if (!hasScores(database)) return { jobs, events, scores: { saved: 0, lost: 0, reason: null } };
  const ofJob = database.prepare('SELECT * FROM scores WHERE job = ? ORDER BY place');
  const scores = yield* salvage(database, { name: 'score_jobs', key: 'number' }, (row) => {
    const source = sourceOf(row);
    const all = ofJob.all(Number(row['number'])).map((score) => ({ ...scoreOf(score, source), source: undefined }));
    return JSON.stringify({ kind: 'scores', ...source, scores: all });
  });
  return { jobs, events, scores };
}
