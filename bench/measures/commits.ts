import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Bench, newFolder } from '../bench.ts';

/** The ceiling of durability: commits in a loop, with the journal's settings, of one row and of 64. */
export async function measureCommits(bench: Bench): Promise<void> {
  const database = new DatabaseSync(join(newFolder(bench, 'commits'), 'bare.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (text TEXT) STRICT;');
  const insert = database.prepare('INSERT INTO row VALUES (?)');
  const text = 'x'.repeat(600);
  for (let round = 0; round < bench.plan.rounds; round++) {
    for (const rows of [1, 64]) {
      const began = performance.now();
      for (let commit = 0; commit < bench.plan.commits; commit++) {
        database.exec('BEGIN IMMEDIATE');
        for (let row = 0; row < rows; row++) insert.run(text);
        database.exec('COMMIT');
      }
      bench.figures.add(`commit.${rows}`, 'ceiling', (performance.now() - began) / bench.plan.commits);
    }
  }
  database.close();
}
